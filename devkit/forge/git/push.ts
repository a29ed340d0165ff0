// A push, from its first byte until it is on disk with all that follows from it. The pack is taken in before the repository is held, so
// that a slow client keeps nobody waiting, and one that sends too much is refused before git sees it.
import { createReadStream, createWriteStream, mkdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import { bounded } from '../http/body.ts';
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
 * @throws Refusal 413 for a pack above the limit
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
    await pipeline(bounded(request, forge.settings.limits.pushBytes), createWriteStream(pack));
    await forge.exclusively(repository, () => receive(forge, repository, user, request, response, pack));
  } finally {
    await rm(pack, { force: true });
  }
}

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
  const child = backend(forge, repository, user, request, 'git-receive-pack', String(statSync(pack).size));
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
