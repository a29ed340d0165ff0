// Content by its digest: what is too large for a history or a message is put here and named.
import { digestOfBytes } from '../digest.ts';
import { read, write, type Scope } from '../operation.ts';

export const blobs = {
  /** Returns the SHA-256 of the bytes, in hexadecimal. The same bytes are kept once. */
  put: write((scope, input: { readonly bytes: Uint8Array }): Promise<string> => putBytes(scope, input.bytes)),

  /** The bytes, or undefined if nothing has this digest. */
  get: read(async ({ db }, input: { readonly digest: string }): Promise<Uint8Array | undefined> => {
    const row = await db.selectFrom('blobs').select('bytes').where('digest', '=', input.digest).executeTakeFirst();
    return row?.bytes;
  }),
};

export async function putBytes({ db, now }: Scope, bytes: Uint8Array): Promise<string> {
  const digest = digestOfBytes(bytes);
  await db
    .insertInto('blobs')
    .values({ digest, bytes, size: bytes.byteLength, at: now })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .execute();
  return digest;
}
