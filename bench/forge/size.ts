// A forge with 1,000 open pull requests and 20,000 comments: its memory, its start, and what lists and calls cost then.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { git, startTestForge, type TestForge } from '../../test/forge/harness.ts';
import { median, rounded } from '../kernel/figures.ts';

const PULLS = 1_000;
const COMMENTS = 20_000;
const AT_ONCE = 8;
const SAMPLES = 15;
const REPOSITORIES = 100;

export interface Size {
  readonly emptyMb: number;
  readonly fullMb: number;
  readonly restartedMb: number;
  readonly startMs: number;
  readonly fullStartMs: number;
  /** Of a forge that has a hundred repositories besides. */
  readonly manyRepositoriesStartMs: number;
  readonly list100PullsMs: number;
  readonly getPullMs: number;
  readonly commentMs: number;
}

export async function measureSize(): Promise<Size> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'bench-forge-data-'));
  const clone = mkdtempSync(path.join(tmpdir(), 'bench-forge-clone-'));
  const timed = async <Result>(work: () => Promise<Result>): Promise<[Result, number]> => {
    const began = performance.now();
    return [await work(), rounded(performance.now() - began)];
  };
  const medianOf = async (work: () => Promise<unknown>): Promise<number> => {
    const times: number[] = [];
    for (let index = 0; index < SAMPLES; index++) times.push((await timed(work))[1]);
    return rounded(median(times));
  };
  const start = (): Promise<[TestForge, number]> => timed(() => startTestForge({ dataDirectory }));
  try {
    const [first, startMs] = await start();
    const emptyMb = memoryOf(first.process.pid);
    const numbers = await fill(first, clone);
    const fullMb = memoryOf(first.process.pid);
    await first.stop();
    const [forge, fullStartMs] = await start();
    try {
      const at = { owner: 'owner', repo: 'large' };
      const { pulls, issues } = forge.as('writer').rest;
      await pulls.list({ ...at, per_page: 100 });
      const list100PullsMs = await medianOf(() => pulls.list({ ...at, per_page: 100 }));
      const getPullMs = await medianOf(() => pulls.get({ ...at, pull_number: numbers[0] ?? 1 }));
      const commentMs = await medianOf(() => issues.createComment({ ...at, issue_number: numbers[0] ?? 1, body: 'One more' }));
      for (let index = 0; index < REPOSITORIES; index++) await forge.repository(`small-${index}`);
      const figures = {
        emptyMb,
        fullMb,
        restartedMb: memoryOf(forge.process.pid),
        startMs,
        fullStartMs,
        list100PullsMs,
        getPullMs,
        commentMs,
      };
      await forge.stop();
      const [last, manyRepositoriesStartMs] = await start();
      await last.stop();
      return { ...figures, manyRepositoriesStartMs };
    } finally {
      await forge.stop();
    }
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
    rmSync(clone, { recursive: true, force: true });
  }
}

/** Returns the numbers of the pull requests. */
async function fill(forge: TestForge, clone: string): Promise<number[]> {
  const at = await forge.repository('large');
  await git(clone, 'clone', '-q', forge.remote(at, 'writer'), '.');
  const tree = await git(clone, 'rev-parse', 'HEAD^{tree}');
  const refs: string[] = [];
  for (let index = 0; index < PULLS; index++)
    refs.push(`${await git(clone, 'commit-tree', tree, '-p', 'HEAD', '-m', `Change ${index}`)}:refs/heads/b${index}`);
  await git(clone, 'push', '-q', 'origin', ...refs);
  const { pulls, issues } = forge.as('writer').rest;
  const numbers: number[] = [];
  await inTurns(PULLS, async (index) => {
    numbers.push((await pulls.create({ ...at, title: `Change ${index}`, head: `b${index}`, base: 'main' })).data.number);
  });
  await inTurns(COMMENTS, async (index) => {
    await issues.createComment({ ...at, issue_number: numbers[index % PULLS] ?? 1, body: `Comment ${index}` });
  });
  return numbers;
}

async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

const memoryOf = (pid: number | undefined): number =>
  rounded(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1] ?? 0) / 1024);
