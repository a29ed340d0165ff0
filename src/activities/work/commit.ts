// What a session has left in a worktree becomes a commit, in the words of its hand-over. Which files changed says git, not the session.
import type { Authorship } from '../../contracts/authorship.ts';
import type { EffectOutcome } from '../../contracts/effect.ts';
import type { HandOver } from '../../contracts/outputs.ts';
import { gitLine, signingBy, type GitHost, type Worktree } from '../../git/command.ts';
import { commitFiles } from '../../git/commit.ts';
import { neutralise } from '../publish/neutralise.ts';
import type { WorkDeps } from './place.ts';

export interface Committed {
  readonly commit: string;
  readonly tree: string;
}

export interface CommitOf {
  /** Id of the session whose work it is. */
  readonly session: string;
  /** Commit that the branch is at, before this one. */
  readonly parent: string;
  /** Commit of the base that the session has merged. */
  readonly merges?: string;
  /** What the session says that it has done; null where it says nothing. */
  readonly handOver: HandOver | null;
  /** Title where there is no hand-over. */
  readonly otherwise: string;
  /** Identity as which it is committed (contracts/identity.ts). */
  readonly as: string | undefined;
  /** Seconds since 1970: the same changes at the same time are the same commit, so a retry finds it made. */
  readonly at: number;
}

const LONGEST_TITLE = 72;

/** Commits everything that has changed. A refusal (nothing has changed, something can't be committed) is a value. */
export async function commitWork(
  { git: host, accounts }: Pick<WorkDeps, 'git' | 'accounts'>,
  worktree: Worktree,
  input: CommitOf,
): Promise<EffectOutcome<Committed>> {
  const { parent, at, merges, as } = input;
  const { authorship, sign } = accounts.committer(as);
  const git: GitHost = signingBy(host, sign);
  const also = merges === undefined ? {} : { merges };
  const outcome = await commitFiles(git, worktree, {
    parent,
    ...also,
    message: messageOf(input, authorship),
    author: authorship.author,
    at,
  });
  if (outcome.kind === 'refused') return { state: 'refused', because: outcome.problem };
  return { state: 'done', result: { commit: outcome.commit, tree: await treeOf(git, worktree, outcome.commit) } };
}

export const treeOf = (git: GitHost, worktree: Worktree, commit: string): Promise<string> =>
  gitLine(git, worktree, ['rev-parse', `${commit}^{tree}`], { access: 'read' });

/** A second after its parent: a time that every attempt gives again. Seconds since 1970. */
export const timeAfter = async (git: GitHost, worktree: Worktree, parent: string): Promise<number> =>
  Number(await gitLine(git, worktree, ['show', '--no-patch', '--format=%ct', parent], { access: 'read' })) + 1;

function messageOf({ handOver, otherwise, session }: CommitOf, { coAuthor }: Authorship): string {
  const trailer = [`Signalbox-Session: ${session}`, ...(coAuthor === null ? [] : [`Co-authored-by: ${coAuthor}`])].join('\n');
  if (handOver === null) return `${otherwise}\n\n${trailer}\n`;
  const { type, title, body } = handOver.commit;
  const subject = neutralise(`${type}: ${title}`).replaceAll(/\s+/g, ' ').slice(0, LONGEST_TITLE);
  return [subject, neutralise(body).trim(), trailer]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}
