// `signalbox plan`: the phases that would run, and those that would not, each with its reason. Uses what a task knows already; starts nothing.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { classificationOf } from '../../activities/task/facts.ts';
import type { Classification } from '../../contracts/outputs.ts';
import type { PlannedPhase } from '../../contracts/plan.ts';
import { sourceOf, sourceOfTask, taskId } from '../../contracts/task.ts';
import { plan } from '../../policies/plan.ts';
import type { TaskFacts } from '../../policies/task-facts.ts';
import type { Store } from '../../store/store.ts';
import { configHere, withStore } from './doors.ts';
import { EXIT } from './exit-codes.ts';
import { dim, green, print, printJson, table } from './output.ts';
import { Problem } from './problem.ts';
import { lastFacts } from './shown.ts';
import { anyIssue, parsePipeline } from './target.ts';

interface Known {
  readonly task: string;
  readonly facts: TaskFacts;
  readonly classification: Classification | 'none' | 'failed';
}

/** @param named an issue, or a task */
export async function showPlan(named: string, options: { json?: true; pipeline?: string; workspace: string }): Promise<void> {
  const { source, title, known, words } = sourceOfTask(named) === undefined ? await ofIssue(named, options.workspace) : await ofTask(named);
  const classification = known?.classification ?? 'none';
  const phases =
    options.pipeline === undefined && known !== null
      ? known.facts.plan
      : plan({ pipeline: parsePipeline(options.pipeline ?? 'delivery'), classification, ...words });
  const by = known === null || typeof classification === 'string' ? null : { task: known.task, ...classification };
  if (options.json === true) return printJson({ issue: source, title, classification: by, phases });
  print(`${source}  ${title}\n${dim(saying(known))}\n`);
  print(planTable(phases));
}

async function ofTask(id: string) {
  const known = await withStore((store) => knownOf(store, id));
  if (known === null) throw new Problem(`${id} has decided nothing yet, or there is no such task.`, EXIT.unknown);
  const { title, body, labels } = known.facts.now;
  return { source: known.facts.name, title, known, words: { title, body, labels } };
}

/** The words are those of now: somebody may have edited them. */
async function ofIssue(named: string, workspace: string) {
  const config = configHere();
  const { title, body, labels, ...issue } = await anyIssue(config, named);
  const source = sourceOf({ ...issue, goal: null });
  const known = existsSync(join(config.data, 'store.db'))
    ? await withStore(async (store) => {
        const generation = (await store.sources.generations({ workspace, source })).at(-1)?.generation;
        return generation === undefined ? null : knownOf(store, taskId({ workspace, ...issue, goal: null, generation }));
      })
    : null;
  return { source, title, known, words: { title, body, labels } };
}

async function knownOf(store: Store, task: string): Promise<Known | null> {
  const facts = await lastFacts(store, task);
  return facts === null ? null : { task, facts, classification: await classificationOf(store, task, facts.sessions, facts.tries) };
}

function saying(known: Known | null): string {
  if (known === null) return 'Not worked on yet: its first session classifies it; until then the most careful path is shown.';
  const { task, classification } = known;
  if (classification === 'none') return `${task} has not classified it.`;
  if (classification === 'failed') return `${task} could not classify it: the most careful path.`;
  const { taskComplexity, riskLevel, taskMaturity } = classification;
  return `As classified by ${task}: ${taskComplexity}, risk ${riskLevel}, ${taskMaturity}.`;
}

const planTable = (phases: readonly PlannedPhase[]): string =>
  table(
    ['', 'phase', 'because'],
    phases.map(({ phase, runs, because }) => [runs ? green('in') : dim('out'), phase, because]),
  );
