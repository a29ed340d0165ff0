// Why checks of a commit have failed: the job's failed step, the part of its log that matters, what speaks for a second run.
import type { ForgeFacts } from '../../contracts/gates.ts';
import type { CheckFailure } from '../../contracts/merge-request-snapshot.ts';
import { repositoryId, type MergeRequestRef } from '../../contracts/work.ts';
import { excerptOf, isOutside, looksFlaky } from '../../policies/log-excerpt.ts';
import type { EndedCheck } from '../forge/provider.ts';
import type { Reader } from './reader.ts';

/**
 * Asks only where there is something to ask: most of the time nothing has failed.
 * @param heads those that the request has had, oldest first
 */
export async function readFailures(
  reader: Reader,
  ref: MergeRequestRef,
  facts: Pick<ForgeFacts, 'head' | 'tree' | 'base' | 'checks'>,
  heads: readonly string[],
): Promise<CheckFailure[]> {
  if (!facts.checks.some(({ state }) => state === 'failed')) return [];
  const [runs, statuses, onBase, onTwins] = await Promise.all([
    reader.forge().endedChecks(ref, facts.head),
    reader.forge().failedStatuses(ref, facts.head),
    reader.forge().endedChecks(ref, facts.base.commit),
    runsOfTwins(reader, ref, facts, heads),
  ]);
  const failedOnBase = onBase.filter(({ passed }) => !passed).map(({ name }) => name);
  const passed = runs.filter((run) => run.passed).map(({ name }) => name);
  const elsewhere = (name: string): string | null =>
    failedOnBase.includes(name)
      ? 'it failed on the base as well'
      : passed.includes(name)
        ? 'a job of the same name has passed on the same commit'
        : passedOn(onTwins, name);
  const failures = await Promise.all([
    ...runs.filter((run) => !run.passed).map((run) => failureOf(reader, ref, run, elsewhere(run.name))),
    ...statuses.map((status) => failureOf(reader, ref, status, null)),
  ]);
  return failures.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** How many of the newest heads are looked at. */
const TWINS = 5;

interface Twin {
  readonly commit: string;
  readonly runs: readonly EndedCheck[];
}

/** Other heads with the very tree of this one: what has passed there says that the code is not what has failed here. */
async function runsOfTwins(
  { forge, memory }: Reader,
  ref: MergeRequestRef,
  { head, tree }: Pick<ForgeFacts, 'head' | 'tree'>,
  heads: readonly string[],
): Promise<Twin[]> {
  const others = [...new Set(heads)].filter((commit) => commit !== head).slice(-TWINS);
  const trees = others.map((commit) => memory.remembered(`tree ${repositoryId(ref)} ${commit}`, () => forge().treeOf(ref, commit)));
  const twins = (await Promise.all(trees)).flatMap((one, at) => (one === tree ? [others[at] ?? ''] : []));
  return Promise.all(twins.map(async (commit) => ({ commit, runs: await forge().endedChecks(ref, commit) })));
}

function passedOn(twins: readonly Twin[], name: string): string | null {
  const twin = twins.find(({ runs }) => runs.some((run) => run.name === name && run.passed));
  return twin === undefined ? null : `it has passed on ${twin.commit.slice(0, 12)}, which is the same tree`;
}

async function failureOf(
  reader: Reader,
  ref: MergeRequestRef,
  { name, run, isAboutCode, url, summary, job }: EndedCheck,
  elsewhere: string | null,
): Promise<CheckFailure> {
  const ended = job === null ? NOTHING_LOGGED : await reader.memory.remembered(`log ${ref.host}/${job}`, () => readJob(reader, ref, job));
  return {
    name,
    run,
    kind: isAboutCode && ended.outside === null ? 'code' : 'infrastructure',
    url,
    summary: ended.outside ?? summary,
    step: ended.step,
    job,
    log: ended.log,
    flaky: elsewhere ?? ended.flaky,
  };
}

interface EndedJob {
  readonly step: string | null;
  readonly log: string | null;
  readonly flaky: string | null;
  /** What was wrong around it. */
  readonly outside: string | null;
}

const NOTHING_LOGGED: EndedJob = { step: null, log: null, flaky: null, outside: null };

/** A job that has ended does not change any more. */
async function readJob({ forge, keep, knownFlaky }: Reader, ref: MergeRequestRef, job: number): Promise<EndedJob> {
  const said = await forge().jobLog(ref, job);
  if (said === null) return NOTHING_LOGGED;
  const excerpt = excerptOf(said.text, said.step?.at ?? null);
  const log = excerpt === '' ? null : await keep(excerpt);
  return { step: said.step?.name ?? null, log, flaky: looksFlaky(excerpt, knownFlaky), outside: isOutside(excerpt) };
}
