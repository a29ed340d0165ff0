// Refs as git has them: branches, tags and others, made, moved and removed. All moves go the way of a push.
import { moveByApi, type Move } from '../domain/move-ref.ts';
import type { Forge } from '../forge.ts';
import { typeOf } from '../git/file-contents.ts';
import { problemOfRefName } from '../git/ref-names.ts';
import { NO_SHA } from '../git/repository.ts';
import { acting, reading, type Operation } from '../http/operation.ts';
import { conflict, created, noContent, notFound, ok, unprocessable } from '../http/reply.ts';
import type { Repository, User } from '../state/records.ts';
import { refuseEmpty } from './commit-of-ref.ts';
import { presentRef, type RefFacts } from './present/git-commit.ts';

export const gitRefOperations: Operation[] = [
  reading('git/get-ref', async ({ forge, state, repository, params }) => {
    refuseEmpty(forge, repository);
    const ref = (await refsUnder(forge, repository, params.ref)).find(({ name }) => name === `refs/${params.ref}`);
    if (ref === undefined) throw notFound();
    return ok(presentRef(forge, state, repository, ref));
  }),
  reading('git/list-matching-refs', async ({ forge, state, repository, params }) => {
    refuseEmpty(forge, repository);
    const refs = await refsUnder(forge, repository, params.ref);
    return ok(refs.map((ref) => presentRef(forge, state, repository, ref)));
  }),
  acting(
    'git/create-ref',
    'write',
    async ({ forge, actor, repository, body }) => {
      refuseEmpty(forge, repository);
      const type = await checkedTarget(forge, repository, body.ref, body.sha);
      await forge.exclusively(repository, async () => {
        if ((await whereIs(forge, repository, body.ref)) !== undefined) throw unprocessable('Reference already exists');
        await move(forge, repository, actor, { ref: body.ref, from: NO_SHA, to: body.sha });
      });
      const view = presentRef(forge, forge.state, repository, { name: body.ref, sha: body.sha, type });
      return created(view, view.url);
    },
    { createsContent: true },
  ),
  acting('git/update-ref', 'write', async ({ forge, actor, repository, params, body }) => {
    refuseEmpty(forge, repository);
    const ref = `refs/${params.ref}`;
    const type = await checkedTarget(forge, repository, ref, body.sha);
    await forge.exclusively(repository, async () => {
      const from = await whereIs(forge, repository, ref);
      if (from === undefined) throw unprocessable('Reference does not exist');
      if (from === body.sha) return;
      const isForward = ref.startsWith('refs/heads/') && (await forge.git(repository).isAncestor(from, body.sha));
      if (body.force !== true && !isForward) throw unprocessable('Update is not a fast forward');
      await move(forge, repository, actor, { ref, from, to: body.sha });
    });
    return ok(presentRef(forge, forge.state, repository, { name: ref, sha: body.sha, type }));
  }),
  acting('git/delete-ref', 'write', async ({ forge, actor, repository, params }) => {
    refuseEmpty(forge, repository);
    const ref = `refs/${params.ref}`;
    if (ref === `refs/heads/${repository.defaultBranch}`) throw unprocessable('Cannot delete the default branch');
    if (ref.startsWith('refs/pull/')) refuseKept(ref);
    await forge.exclusively(repository, async () => {
      const from = await whereIs(forge, repository, ref);
      if (from === undefined) throw unprocessable('Reference does not exist');
      await move(forge, repository, actor, { ref, from, to: NO_SHA });
    });
    return noContent();
  }),
];

/** Refs whose name begins so; `heads/fe` finds `heads/feature`. */
async function refsUnder(forge: Forge, repository: Repository, prefix: string): Promise<RefFacts[]> {
  const lines = await forge.git(repository).run(['for-each-ref', '--format=%(objectname) %(objecttype) %(refname)']);
  return lines
    .split('\n')
    .map((line) => {
      const [sha = '', type = '', ...name] = line.split(' ');
      return { sha, type, name: name.join(' ') };
    })
    .filter(({ name }) => name.startsWith(`refs/${prefix}`));
}

const whereIs = async (forge: Forge, repository: Repository, ref: string): Promise<string | undefined> =>
  (await forge.git(repository).refs()).get(ref);

/** The type of what a ref shall point to; refuses names and objects that git would refuse, and those that the forge keeps for itself. */
async function checkedTarget(forge: Forge, repository: Repository, ref: string, sha: string): Promise<string> {
  const git = forge.git(repository);
  const isName = /^refs\/[^/]+\/./.test(ref) && !ref.includes('\0') && (await git.attempt(['check-ref-format', ref])).exitCode === 0;
  if (!isName) throw unprocessable(`${ref} is not a valid ref name.`);
  refuseKept(ref);
  const type = await typeOf(git, sha);
  if (type === undefined) throw unprocessable('Object does not exist');
  if (ref.startsWith('refs/heads/') && type !== 'commit') throw unprocessable('Object is not a commit');
  return type;
}

function refuseKept(ref: string): void {
  const problem = problemOfRefName(ref);
  if (problem !== undefined) throw unprocessable(problem);
}

async function move(forge: Forge, repository: Repository, actor: User, wish: Move): Promise<void> {
  const refused = await moveByApi(forge, repository, actor, wish);
  if (refused === 'elsewhere')
    throw conflict(`${wish.ref} cannot be moved: a ref of such a name is in the way, or it was moved meanwhile.`);
  if (refused !== undefined) throw unprocessable(refused.forbidden);
}
