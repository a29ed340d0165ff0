// Runs histories, many at once in one world: each undisturbed and under trouble, and both are judged and compared. Used by histories.test.ts and
// `npm run histories`.
import { historyOf, isRacing, undisturbed, type History, type Shape } from './events.ts';
import { judge, type End } from './judge.ts';
import { live, WentWrong } from './live.ts';
import { createStage, type Stage } from './stage.ts';

export interface Options extends Shape {
  readonly seeds: readonly number[];
  /** How many at once. */
  readonly atOnce?: number;
  /** How they end undisturbed, where that is known: those are not lived through undisturbed again. */
  readonly expected?: Readonly<Record<number, End>>;
  /** Only undisturbed. */
  readonly calm?: boolean;
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
  /** How they end undisturbed, by seed. */
  readonly undisturbed: Readonly<Record<number, End>>;
}

/** More keep two cores no busier, and heartbeats come late. */
const AT_ONCE = 14;

export async function runHistories({ seeds, kills, atOnce = AT_ONCE, expected: known = {}, calm = false, said = () => undefined }: Options): Promise<Report> {
  const stage = await createStage();
  try {
    const failures: Failure[] = [];
    const ends: Record<string, number> = {};
    const all = seeds.map((seed) => historyOf(seed, { kills }));
    const expected: Record<number, End> = { ...known };
    const began = Date.now();
    const troubled: { readonly history: History; readonly end: End; readonly story: readonly string[] }[] = [];
    const lives = [
      // The longest first, so that none is left alone at the end.
      ...(calm ? [] : all).map((history) => ({ history, isCalm: false })),
      ...all.filter((history) => !isRacing(history) && known[history.seed] === undefined).map((history) => ({ history: undisturbed(history), isCalm: true })),
    ].sort((a, b) => b.history.steps.length - a.history.steps.length);
    await inParallel(lives, atOnce, async ({ history, isCalm }) => {
      const { end, failure, story } = await tryOut(stage, history);
      if (failure !== undefined) failures.push(failure);
      if (end === undefined) return;
      if (isCalm) expected[history.seed] = end;
      else troubled.push({ history, end, story });
    });
    for (const { history, end, story } of troubled) {
      const name = `${end.state}${end.mergedBy === null ? '' : ` by ${end.mergedBy}`}${end.waitsFor === null ? '' : `, waits for ${end.waitsFor}`}`;
      ends[name] = (ends[name] ?? 0) + 1;
      const should = expected[history.seed];
      if (should === undefined || JSON.stringify(should) === JSON.stringify(end)) continue;
      const problem = `ends as ${JSON.stringify(end)}; undisturbed it ends as ${JSON.stringify(should)}`;
      failures.push({ seed: history.seed, problems: [problem], history, story });
    }
    said(`${lives.length} lives of ${all.length} histories: ${Math.round((Date.now() - began) / 1000)} s`);
    return { failures, ends, undisturbed: expected };
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
