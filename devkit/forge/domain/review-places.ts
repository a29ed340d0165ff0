// Places in the diff of a pull request: whether one can be commented on, and where an earlier one is by now. Derived from git at each
// question: a thread is outdated when its line was changed, or is no longer part of the diff.
import type { Forge } from '../forge.ts';
import { fileDiff, hunkUpTo, lineAt, lineMover, type FileDiff, type Side } from '../git/file-diff.ts';
import type { GitRepository } from '../git/repository.ts';
import type { PullRequest, ReviewThread } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { diffBaseOf } from './branches.ts';

export interface PlaceWish {
  readonly path: string;
  readonly line?: number | undefined;
  readonly side?: Side | undefined;
  readonly startLine?: number | undefined;
  readonly startSide?: Side | undefined;
  /** Lines down from the first hunk header: how places were named before `line`. */
  readonly position?: number | undefined;
  readonly subjectType?: 'line' | 'file' | undefined;
}

export type Place = Pick<
  ReviewThread,
  | 'path'
  | 'subjectType'
  | 'side'
  | 'startSide'
  | 'originalLine'
  | 'originalStartLine'
  | 'originalPosition'
  | 'mergeBaseSha'
  | 'commitSha'
  | 'diffHunk'
>;

/** Why there is no such place: the field of `pull_request_review_thread` that is wrong, as GitHub names it, and what is wrong with it. */
export interface NoPlace {
  readonly field: 'path' | 'line' | 'start_line' | 'position';
  readonly because: string;
}

/** The place in the diff at a commit, or why there is none. */
export async function findPlace(forge: Forge, pull: PullRequest, commitSha: string, wish: PlaceWish): Promise<Place | NoPlace> {
  const git = forge.git(forge.state.need('repository', pull.repositoryId));
  const mergeBaseSha = await mergeBaseOf(forge.state, git, pull, commitSha);
  const diff = await fileDiff(git, mergeBaseSha, commitSha, wish.path);
  if (diff === undefined) return { field: 'path', because: 'is invalid' };
  const common = { path: wish.path, mergeBaseSha, commitSha };
  if (wish.subjectType === 'file') {
    const place = { side: 'RIGHT' as const, startSide: null, originalLine: null, originalStartLine: null, originalPosition: 1 };
    return { ...common, ...place, subjectType: 'file', diffHunk: diff.headers[0] ?? '' };
  }
  const side = wish.side ?? 'RIGHT';
  const last = wish.line === undefined ? diff.lines.find(({ position }) => position === wish.position) : lineAt(diff, side, wish.line);
  if (last === undefined)
    return wish.line === undefined ? { field: 'position', because: 'is invalid' } : { field: 'line', because: 'must be part of the diff' };
  const lastSide = wish.line !== undefined ? side : last.right === null ? 'LEFT' : 'RIGHT';
  const start = wish.startLine === undefined ? undefined : startOf(diff, wish.startLine, wish.startSide ?? side, last);
  if (typeof start === 'string') return { field: 'start_line', because: start };
  return {
    ...common,
    subjectType: 'line',
    side: lastSide,
    originalLine: (lastSide === 'LEFT' ? last.left : last.right) ?? 0,
    startSide: start?.side ?? null,
    originalStartLine: start?.line ?? null,
    originalPosition: last.position,
    diffHunk: hunkUpTo(diff, last),
  };
}

function startOf(
  diff: FileDiff,
  line: number,
  side: Side,
  last: { readonly hunk: number; readonly position: number },
): { line: number; side: Side } | string {
  const start = lineAt(diff, side, line);
  if (start?.hunk !== last.hunk) return 'must be part of the same hunk as the line.';
  return start.position < last.position ? { line, side } : 'must precede the end line.';
}

/** Where a thread is in the diff as it is now; null: it is outdated. */
export type PlaceNow = { readonly line: number | null; readonly startLine: number | null; readonly position: number } | null;

/** Finds out where threads of one pull request are now; what they share of git's answers is asked once. */
export function placeFinder(forge: Forge, state: Reader, pull: PullRequest): (thread: Place) => Promise<PlaceNow> {
  const git = forge.git(state.need('repository', pull.repositoryId));
  const once = remembering();
  return async (thread) => {
    const { path, side, originalLine, originalStartLine, originalPosition } = thread;
    if (thread.commitSha === pull.headSha) return { line: originalLine, startLine: originalStartLine, position: originalPosition };
    const mergeBase = await once('base', () => mergeBaseOf(state, git, pull, pull.headSha));
    const diff = await once(`diff ${path}`, () => fileDiff(git, mergeBase, pull.headSha, path));
    if (diff === undefined) return null;
    if (originalLine === null) return { line: null, startLine: null, position: originalPosition };
    const moved = async (line: number, of: Side): Promise<number | undefined> => {
      const [from, to] = of === 'LEFT' ? [thread.mergeBaseSha, mergeBase] : [thread.commitSha, pull.headSha];
      const move = await once(`${from} ${to} ${path}`, () => lineMover(git, from, to, path));
      return move(line);
    };
    const line = await moved(originalLine, side);
    const startLine = originalStartLine === null ? null : await moved(originalStartLine, thread.startSide ?? side);
    const position = line === undefined ? undefined : lineAt(diff, side, line)?.position;
    return line === undefined || startLine === undefined || position === undefined ? null : { line, startLine, position };
  };
}

async function mergeBaseOf(state: Reader, git: GitRepository, pull: PullRequest, commitSha: string): Promise<string> {
  const base = diffBaseOf(state, pull);
  return (await git.mergeBase(base, commitSha)) ?? base;
}

function remembering(): <Value>(key: string, ask: () => Promise<Value>) => Promise<Value> {
  const answers = new Map<string, Promise<unknown>>();
  return <Value>(key: string, ask: () => Promise<Value>) => {
    const known = answers.get(key) ?? ask();
    answers.set(key, known);
    return known as Promise<Value>;
  };
}
