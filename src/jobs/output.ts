// What a job printed, as text of bounded size: its beginning and its end, with a note of what was left out between them.
import { open } from 'node:fs/promises';
import { join } from 'node:path';

export interface JobOutput {
  readonly text: string;
  /** Bytes that the command printed, as far as they were counted (an interrupted job may have printed more). */
  readonly bytes: number;
  readonly cut: boolean;
}

/**
 * Reads the output of a job that runs or has ended. While it runs, what goes beyond the head kept on disk is not there yet.
 * @param most about how many bytes of text, half for the beginning and half for the end
 */
export async function readOutput(directory: string, most: number): Promise<JobOutput> {
  const [headSize, tailSize, rest] = await Promise.all([size(directory, 'head'), size(directory, 'tail'), countedRest(directory)]);
  const bytes = headSize + Math.max(rest, tailSize);
  // The kept bytes are one row, the head and then the tail; where nothing fell out between them, they join seamlessly.
  const kept = headSize + tailSize;
  const slice = async (from: number, to: number): Promise<Buffer> =>
    Buffer.concat([
      await read(directory, 'head', from, Math.min(to, headSize)),
      await read(directory, 'tail', Math.max(from - headSize, 0), to - headSize),
    ]);
  if (kept <= most && kept === bytes) return { text: (await slice(0, kept)).toString(), bytes, cut: false };

  const half = Math.floor(Math.min(most, kept) / 2);
  // The two ends of a small head and tail must not overlap, nor hide that something is missing between them.
  const first = endAtCharacter(await slice(0, Math.min(half, headSize)));
  const last = startAtCharacter(await slice(Math.max(kept - half, tailSize > 0 && rest > tailSize ? headSize : 0), kept));
  const left = bytes - first.length - last.length;
  return { text: `${first.toString()}\n[… ${left} of ${bytes} bytes left out …]\n${last.toString()}`, bytes, cut: true };
}

const countedRest = async (directory: string): Promise<number> => Number((await read(directory, 'rest', 0, 32)).toString().trim() || 0);

const size = async (directory: string, name: string): Promise<number> =>
  withFile(directory, name, 0, async (file) => (await file.stat()).size);

const read = async (directory: string, name: string, from: number, to: number): Promise<Buffer> =>
  to <= from
    ? Buffer.alloc(0)
    : withFile(directory, name, Buffer.alloc(0), async (file) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
        return buffer.subarray(0, bytesRead);
      });

/** A part that the supervisor has not written yet is empty. */
const withFile = async <T>(
  directory: string,
  name: string,
  absent: T,
  use: (file: Awaited<ReturnType<typeof open>>) => Promise<T>,
): Promise<T> => {
  try {
    await using file = await open(join(directory, name));
    return await use(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return absent;
    throw error;
  }
};

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Drops a character that is cut in two at the end. */
const endAtCharacter = (bytes: Buffer): Buffer => {
  let start = bytes.length - 1;
  while (start > bytes.length - 4 && isContinuation(bytes[start])) start--;
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + length > bytes.length ? bytes.subarray(0, Math.max(start, 0)) : bytes;
};

/** Drops the rest of a character that was cut in two at the beginning. */
const startAtCharacter = (bytes: Buffer): Buffer => {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start])) start++;
  return bytes.subarray(start);
};
