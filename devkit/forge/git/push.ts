// A push, from its first byte until it is on disk with all that follows from it. The pack is taken in before the repository is held, so
// that a slow client keeps nobody waiting, and one that sends too much is refused before git sees it.
import { closeSync, createReadStream, createWriteStream, mkdirSync, openSync, readSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import { bounded } from '../http/body.ts';
import { Refusal } from '../http/reply.ts';
import type { Repository, User } from '../state/records.ts';
import { backend, splitCgi } from './backend.ts';
import { takeInPush } from './refs.ts';

const incoming = (dataDirectory: string): string => path.join(dataDirectory, 'incoming');

/** Makes room for packs, and throws away what an earlier process left there. */
export function prepareIncoming(dataDirectory: string): void {
  rmSync(incoming(dataDirectory), { recursive: true, force: true });
  mkdirSync(incoming(dataDirectory));
}

/**
 * Answers once refs, pull requests and events are on disk, so that what git reports as pushed stays pushed.
 * @throws Refusal 413 for a pack above the limit, from who cannot be told so in git's way
 */
export async function push(
  forge: Forge,
  repository: Repository,
  user: User,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const pack = path.join(incoming(forge.settings.dataDirectory), randomUUID());
  try {
    try {
      await pipeline(bounded(request, forge.settings.limits.pushBytes), createWriteStream(pack));
    } catch (error) {
      if (!(error instanceof Refusal) || !hearsUs(pack)) throw error;
      return tooLarge(forge, response);
    }
    await forge.exclusively(repository, () => receive(forge, repository, user, request, response, pack));
  } finally {
    await rm(pack, { force: true });
  }
}

/** Whether whoever pushes has asked for git's side bands, on which it can be told why; its first lines say so. */
function hearsUs(pack: string): boolean {
  const first = Buffer.alloc(65_536);
  const file = openSync(pack, 'r');
  try {
    return first.subarray(0, readSync(file, first)).includes('side-band-64k');
  } finally {
    closeSync(file);
  }
}

/** In git's own words, and so that its client shows them: of a bare 413 it shows the number. */
function tooLarge(forge: Forge, response: ServerResponse): void {
  const reason = `pack exceeds maximum allowed size (${(forge.settings.limits.pushBytes / 1024 ** 2).toFixed(2)} MiB)`;
  response.writeHead(200, { 'content-type': 'application/x-git-receive-pack-result', 'cache-control': 'no-cache', connection: 'close' });
  response.write(line(`\x02fatal: ${reason}\n`));
  response.end(`${line(`\x01${line(`unpack ${reason}\n`)}0000`)}0000`);
}

/** As git frames what it sends: with its length before it. */
const line = (text: string): string => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;

async function receive(
  forge: Forge,
  repository: Repository,
  user: User,
  request: IncomingMessage,
  response: ServerResponse,
  pack: string,
): Promise<void> {
  const intent = forge.state.transaction((transaction) =>
    transaction.add('intent', { repositoryId: repository.id, actorId: user.id, change: { kind: 'push' }, createdAt: Date.now() }),
  );
  const child = backend(forge, repository, user, request, 'git-receive-pack');
  // A backend that has heard enough ends the stream early: its answer says why.
  const fed = pipeline(createReadStream(pack), child.stdin).catch(() => undefined);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  await fed;
  await takeInPush(forge, repository, user, intent.id);
  const scope = { repository: fullName(forge.state, repository), actor: user.login };
  const fault = forge.faults.strike('git/receive-pack', 'after', scope, ['status', 'cut', 'delay', 'hold']);
  if (fault?.kind === 'hold') await fault.ended;
  if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
  if (fault?.kind === 'cut') return void response.destroy();
  if (fault?.kind === 'status') return void response.writeHead(fault.status).end('The forge is in trouble, as requested.\n');
  const { status, headers, rest } = splitCgi(Buffer.concat(chunks));
  response.writeHead(status, headers);
  response.end(rest);
}
