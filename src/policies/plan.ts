// Which phases a task runs, and why: a pure function of its pipeline, its classification and its words. A phase that would be needed and
// that this version can't run is left out with that reason, and never in silence.
import type { Classification } from '../contracts/outputs.ts';
import type { Phase, Pipeline, PlannedPhase } from '../contracts/plan.ts';

export interface PlanFacts {
  readonly pipeline: Pipeline;
  /** `none`: not classified yet. `failed`: tried in vain. */
  readonly classification: Classification | 'none' | 'failed';
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  /** Somebody has pushed to the branch before (T3). */
  readonly isCoded?: boolean;
  /** Paths that the change touches, by git; none before there is one. */
  readonly changed?: readonly string[];
  /** Phases that people have left out, each with who. */
  readonly skipped?: Partial<Record<Phase, string>>;
}

/** What is assumed where classification fails: every gate (T1). */
export const MOST_CAREFUL: Classification = {
  taskComplexity: 'Large',
  riskLevel: 'High',
  touchesUI: true,
  touchesArchitecture: true,
  touchesSecurity: true,
  taskMaturity: 'ready',
  reasons: {},
};

export function plan(facts: PlanFacts): PlannedPhase[] {
  const phases = facts.pipeline === 'quick' ? quick() : delivery(facts);
  return phases.map((planned) => {
    const by = facts.skipped?.[planned.phase];
    if (planned.phase === 'code' && facts.isCoded === true)
      return phase('code', false, 'its branch had commits before: review and what follows');
    return planned.runs && by !== undefined ? phase(planned.phase, false, `${by} said: skip ${planned.phase}`) : planned;
  });
}

export const runs = (phases: readonly PlannedPhase[], phase: Phase): boolean =>
  phases.some((planned) => planned.phase === phase && planned.runs);

const NOT_BUILT = 'this version can not run it, so a person should look at that side';

function quick(): PlannedPhase[] {
  const out = 'a quick task has no such phase';
  return [
    phase('classify', false, out),
    phase('code', true, 'that is the task'),
    phase('review', false, `${out}; people review the request`),
    phase('request', true, 'the change is proposed'),
    phase('merge', false, 'people merge what was not reviewed here'),
    phase('notify', true, 'whoever subscribed wants to know'),
  ];
}

function delivery(facts: PlanFacts): PlannedPhase[] {
  const { classification } = facts;
  const known = classification === 'none' || classification === 'failed' ? MOST_CAREFUL : classification;
  const careful = { none: 'not classified yet: the most careful path', failed: 'classification failed: the most careful path' };
  const why = (reason: string): string => (typeof classification === 'string' ? careful[classification] : reason);
  const said = (dimension: keyof Classification): string => (typeof classification === 'string' ? '' : reasonOf(classification, dimension));
  const sign = uiSign(facts);
  const ui = known.touchesUI || sign !== null;
  const uiReason = typeof classification !== 'string' && known.touchesUI ? `it touches the interface${said('touchesUI')}` : sign;
  const grave = known.riskLevel === 'High' || known.riskLevel === 'Critical';
  const unshaped = known.taskMaturity === 'idea' || known.taskMaturity === 'rough';
  return [
    phase('classify', true, 'risk and size decide the rest'),
    wanted('shaping', unshaped, why(`the ticket is ${known.taskMaturity}${said('taskMaturity')}`), `the ticket is ${known.taskMaturity}`),
    wanted('discovery', known.taskComplexity !== 'Small', why(`it is ${known.taskComplexity}${said('taskComplexity')}`), 'it is Small'),
    wanted('ux-design', ui, uiReason ?? why(''), 'nothing says that it touches the interface'),
    ...(['architecture-design', 'architecture-review'] as const).map((name) =>
      wanted(
        name,
        known.touchesArchitecture,
        why(`it touches the architecture${said('touchesArchitecture')}`),
        'it does not touch the architecture',
      ),
    ),
    phase('code', true, 'that is the task'),
    phase('review', true, 'every change is reviewed'),
    wanted('production-audit', grave, why(`the risk is ${known.riskLevel}${said('riskLevel')}`), `the risk is ${known.riskLevel}`),
    phase('request', true, 'the change is proposed'),
    phase('merge', true, 'the request is watched until it is merged'),
    phase('notify', true, 'whoever subscribed wants to know'),
  ];
}

const phase = (name: Phase, isIn: boolean, because: string): PlannedPhase => ({ phase: name, runs: isIn, because: sentence(because) });

/** A phase that is not built: left out either because it is not needed or because it can't be run. */
const wanted = (name: Phase, needed: boolean, why: string, whyNot: string): PlannedPhase =>
  phase(name, false, needed ? `Needed (${why}), but ${NOT_BUILT}` : `Not needed: ${whyNot}`);

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

const reasonOf = ({ reasons }: Classification, dimension: string): string => {
  const reason = reasons[dimension]?.trim().replace(/\.$/, '');
  return reason === undefined || reason === '' ? '' : `: ${reason}`;
};

const UI_WORDS =
  /\b(component|screen|page|modal|dialog|button|form|flow|onboarding|dashboard|navigation|ux|ui|design|user-facing|frontend|console|web)s?\b/i;
const UI_PATHS = /\.(tsx|css)$|(^|\/)(web|views|console)\//;
const UI_LABELS = new Set(['ui', 'frontend']);

/** What in a ticket, or in the change once there is one, says that it touches the interface, without asking a model; null where nothing does (T1). */
export function uiSign({ title, body, labels, changed = [] }: Pick<PlanFacts, 'title' | 'body' | 'labels' | 'changed'>): string | null {
  const label = labels.find((name) => UI_LABELS.has(name.toLowerCase()));
  if (label !== undefined) return `the label "${label}"`;
  const word = UI_WORDS.exec(title)?.[0] ?? UI_WORDS.exec(body)?.[0];
  if (word !== undefined) return `the word "${word}"`;
  const path = changed.find((one) => UI_PATHS.test(one));
  return path === undefined ? null : `the changed path ${path}`;
}
