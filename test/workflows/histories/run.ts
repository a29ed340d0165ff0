// Runs histories, several at once: each first undisturbed, then under trouble, and both are judged. Used by histories.test.ts and
// `npm run histories`.
import { historyOf, isRacing, undisturbed, type History, type Shape } from './events.ts';
import { judge, type End } from './judge.ts';
import { live, WentWrong } from './live.ts';
import { createStage, type Stage } from './stage.ts';

export interface Options extends Shape {
  readonly seeds: readonly number[];
  /** How many at once. */
  readonly atOnce?: number;
  readonly said?: (line: string) => void;
}

export interface Failure {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly history: History;
  /** What happened and was decided, in order. */
  readonly story: readonly string[];
}

export interface Report {
  readonly failures: readonly Failure[];
  /** By how they ended. */
  readonly ends: Readonly<Record<string, number>>;
}

const AT_ONCE = 8;

export async function runHistories({ seeds, kills, atOnce = AT_ONCE, said = () => undefined }: Options): Promise<Report> {
  const stage = await createStage();
  try {
    const failures: Failure[] = [];
    const ends: Record<string, number> = {};
    const all = seeds.map((seed) => historyOf(seed, { kills }));
    const expected = new Map<number, End>();
    const began = Date.now();
    await inParallel(all.filter((history) => !isRacing(history)), atOnce, async (history) => {
      const { end, failure } = await tryOut(stage, undisturbed(history));
      if (end !== undefined) expected.set(history.seed, end);
      if (failure !== undefined) failures.push(failure);
    });
    said(`${expected.size} undisturbed: ${Math.round((Date.now() - began) / 1000)} s`);
    await inParallel(all, atOnce, async (history) => {
      const { end, failure, story } = await tryOut(stage, history);
      if (failure !== undefined) failures.push(failure);
      const should = expected.get(history.seed);
      if (end === undefined) return;
      const name = `${end.state}${end.mergedBy === null ? '' : ` by ${end.mergedBy}`}${end.waitsFor === null ? '' : `, waits for ${end.waitsFor}`}`;
      ends[name] = (ends[name] ?? 0) + 1;
      if (should === undefined || JSON.stringify(should) === JSON.stringify(end)) return;
      const problem = `ends as ${JSON.stringify(end)}; undisturbed it ends as ${JSON.stringify(should)}`;
      failures.push({ seed: history.seed, problems: [problem], history, story });
    });
    said(`${all.length} under trouble: ${Math.round((Date.now() - began) / 1000)} s`);
    return { failures, ends };
  } finally {
    await stage.end();
  }
}

interface Tried {
  readonly end?: End;
  readonly failure?: Failure;
  readonly story: readonly string[];
}

async function tryOut(stage: Stage, history: History): Promise<Tried> {
  const { seed } = history;
  try {
    const lived = await live(stage, history);
    const { end, problems } = await judge(stage, lived);
    const { story } = lived;
    return { end, story, ...(problems.length === 0 ? {} : { failure: { seed, problems, history, story } }) };
  } catch (error) {
    if (!(error instanceof WentWrong)) throw error;
    return { story: error.story, failure: { seed, problems: [error.message], history, story: error.story } };
  }
}

async function inParallel<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const next = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}

/** A failure in words: its seed, what is wrong, every event with its trouble, and how it went. */
export const told = ({ seed, problems, history, story }: Failure): string =>
  [
    `seed ${seed} (from a ${history.from}, CI ${history.ci}):`,
    ...problems.map((problem) => `  ${problem}`),
    ...history.steps.map(({ events, trouble }) => `  ${JSON.stringify(events)}${trouble.length === 0 ? '' : ` under ${JSON.stringify(trouble)}`}`),
    'as it went:',
    ...story,
  ].join('\n');
