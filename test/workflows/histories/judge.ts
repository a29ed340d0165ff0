// What must hold of every history, by the forge's list of effects and the words of the specification alone: no policy of ours is asked. It
// reckons the request as it was at each moment, and finds merges that lacked something, what was done twice, and ends that nobody waits for.
import { forgeHost, repositoryId } from '../../../src/contracts/work.ts';
import type { EffectView } from '../../forge/pull-request-support.ts';
import { HOLDS } from './events.ts';
import type { Lived } from './live.ts';
import type { Stage } from './stage.ts';

/** How a history has ended, as far as the same events end alike. */
export interface End {
  readonly state: 'open' | 'closed' | 'merged';
  readonly mergedBy: string | null;
  /** What the request waits for, in a word; null where its owner has ended. */
  readonly waitsFor: string | null;
  /** Ours, and still there. */
  readonly replies: number;
  readonly words: number;
  readonly resolved: number;
  readonly pushes: number;
  readonly reruns: number;
  readonly issue: string | null;
  readonly branch: 'there' | 'gone';
  /** Kinds of questions that wait. */
  readonly questions: readonly string[];
}

export interface Judgement {
  readonly end: End;
  readonly problems: readonly string[];
}

interface Comment {
  readonly id: number;
  readonly body: string;
  readonly user: { readonly login: string };
}

const MARK = /<!-- signalbox-([0-9a-f]{40}) -->/;
const US = 'writer';

export async function judge(stage: Stage, lived: Lived): Promise<Judgement> {
  const { request, stands, history, companion } = lived;
  const { repo, number, branch, issue } = request;
  const { call, here } = stage;
  const path = `/repos/owner/${repo}`;
  const all = await stage.effects(repo);
  const effects = all.slice(all.findIndex(({ kind }) => kind === 'pull_request.opened'));
  const [pull, inThreads, inConversation, refs, waiting] = await Promise.all([
    call<{ state: string; merged: boolean; merged_by: { login: string } | null }>('owner', 'GET', `${path}/pulls/${number}`),
    call<Comment[]>('owner', 'GET', `${path}/pulls/${number}/comments?per_page=100`),
    call<Comment[]>('owner', 'GET', `${path}/issues/${number}/comments?per_page=100`),
    call<{ ref: string }[]>('owner', 'GET', `${path}/git/matching-refs/heads/${branch}`),
    here.store.outbox.waiting({ askedBy: request.id }),
  ]);
  const ours = (all: readonly Comment[]): Comment[] => all.filter(({ user, body }) => user.login === US && MARK.test(body));
  const done = (kind: string): EffectView[] => effects.filter((effect) => effect.kind === kind && effect.actor === US);
  const pushes = done('ref.updated').filter(({ subject }) => subject === `refs/heads/${branch}`);
  const said = [...ours(inThreads), ...ours(inConversation)];
  const answers = said.filter(({ body }) => body.includes('So it is.') || body.startsWith('About '));
  const state = pull.merged ? 'merged' : pull.state === 'closed' ? 'closed' : 'open';
  const action = stands?.action as { kind: string; forWhom?: string } | undefined;
  const hasEnded = stands === null || action?.kind === 'end';
  const end: End = {
    state,
    mergedBy: pull.merged_by?.login ?? null,
    waitsFor: hasEnded ? null : (action?.forWhom ?? null),
    replies: answers.length,
    words: said.length - answers.length,
    resolved: new Set(done('pull_request_review_thread.resolved').map(({ details }) => details?.['thread'])).size,
    pushes: pushes.length,
    reruns: done('workflow_run.rerequested').length,
    issue: issue === null ? null : (await call<{ state: string }>('owner', 'GET', `${path}/issues/${issue}`)).state,
    branch: refs.length > 0 ? 'there' : 'gone',
    questions: waiting.map(({ id }) => id.split('/')[0] ?? '').sort(),
  };

  const reckoning = new Reckoning(lived, await treesOf(stage, lived, effects));
  for (const effect of effects) reckoning.take(effect);
  const { problems } = reckoning;
  reckoning.isPaused = (await here.store.custody.of({ request: request.id }))?.state === 'paused';
  twice('merged', done('pull_request.merged'), ({ subject }) => subject);
  twice('pushed', pushes, ({ details }) => String(details?.['after']));
  twice('closed', done('issue.closed'), ({ subject }) => subject);
  twice('deleted', done('ref.deleted'), ({ subject }) => subject);
  twice('run again', done('workflow_run.rerequested'), ({ subject, details }) => `${subject} of ${String(details?.['sha'])}`);
  twice('said', said, ({ body }) => MARK.exec(body)?.[1] ?? '');
  twice('asked', waiting, ({ id }) => id);
  const others = effects.filter(({ kind, subject }) => kind === 'pull_request.merged' && subject === `#${companion}`);
  if (companion !== null && (others.length !== 1 || others[0]?.actor !== US)) problems.push(`its companion was merged ${others.length} times`);
  if (reckoning.mergedHead !== null) problems.push(...(await unreviewed(stage, lived, reckoning.mergedHead)));
  if (state === 'open') problems.push(...waitsForNobody(end, reckoning.lacking()));
  else if (!hasEnded && action?.kind !== 'wait') problems.push(`it is ${state}, and its owner stands at ${stands.rule}`);
  // What is left of a request that people merge while it is paused is left to them.
  const isOurs = stands?.rule !== 'ended-while-paused';
  if (state === 'merged' && isOurs && reckoning.base === 'main' && issue !== null && end.issue !== 'closed') problems.push('it is merged, and its issue is open');
  if (end.mergedBy === US && end.branch !== (request.author === US ? 'gone' : 'there'))
    problems.push(`it is merged by us, and its branch is ${end.branch}`);
  if (history.ci !== 'real' && end.reruns > 0) problems.push('something ran again that is not run here');
  return { end, problems };

  function twice<T>(what: string, all: readonly T[], keyOf: (one: T) => string): void {
    const keys = all.map(keyOf);
    for (const key of new Set(keys.filter((key, at) => keys.indexOf(key) !== at))) problems.push(`${what} twice: ${key}`);
  }
}

/** Of every commit that the branch was at and that still exists. */
async function treesOf({ call }: Stage, { request: { repo, head, branch } }: Lived, effects: readonly EffectView[]): Promise<ReadonlyMap<string, string>> {
  const moves = effects.filter(({ kind, subject }) => kind === 'ref.updated' && subject === `refs/heads/${branch}`);
  const commits = new Set([head, ...moves.map(({ details }) => String(details?.['after']))]);
  const trees = new Map<string, string>();
  for (const commit of commits) {
    const { tree } = await call<{ tree: { sha: string } }>('owner', 'GET', `/repos/owner/${repo}/git/commits/${commit}`);
    trees.set(commit, tree.sha);
  }
  return trees;
}

/** M11: reviewed by ours, without a grave finding, at the very tree. */
async function unreviewed({ here, call, forge }: Stage, { request: { repo } }: Lived, head: string): Promise<string[]> {
  const { tree } = await call<{ tree: { sha: string } }>('owner', 'GET', `/repos/owner/${repo}/git/commits/${head}`);
  const repository = repositoryId({ host: forgeHost(forge.url), owner: 'owner', repo });
  const checks = await here.store.checks.of({ repository, trees: [tree.sha] });
  const review = checks.findLast(({ kind }) => kind === 'review');
  return review?.outcome === 'passed' ? [] : [`merged ${head}, whose review says ${review?.outcome ?? 'nothing'}`];
}

/** An open request waits for what it lacks, or somebody was asked. */
function waitsForNobody({ waitsFor, questions }: End, lacks: readonly string[]): string[] {
  if (waitsFor === null) return ['it is open, and nobody owns it'];
  const isAsked = questions.length > 0;
  if (lacks.length === 0 && !isAsked) return ['nothing is missing, nobody is asked, and it is not merged'];
  const onForge = lacks.some((lack) => /label|draft|paused/.test(lack));
  if (waitsFor === 'operator' && !isAsked && !onForge) return ['it waits for the operator, who is asked nothing'];
  if (waitsFor === 'ci' && !lacks.some((lack) => /^ci/.test(lack))) return ['it waits for CI, which has ended'];
  return [];
}

interface Review {
  readonly id: unknown;
  readonly by: string;
  readonly commit: string;
  state: string;
}

/** The request as its effects make it, one after the other. */
class Reckoning {
  readonly problems: string[] = [];
  /** Head at which we have merged it. */
  mergedHead: string | null = null;
  isPaused = false;
  base = 'main';
  readonly #lived: Lived;
  readonly #labels = new Set<string>();
  readonly #reviews: Review[] = [];
  /** By commit and name: the newest result. */
  readonly #ci = new Map<string, string>();
  readonly #pushedBy = new Map<string, string>();
  #head: string;
  #isDraft = false;
  #isOpen = true;

  readonly #trees: ReadonlyMap<string, string>;

  constructor(lived: Lived, trees: ReadonlyMap<string, string>) {
    this.#lived = lived;
    this.#trees = trees;
    this.#head = lived.request.head;
  }

  take({ kind, actor, subject, details = {} }: EffectView): void {
    const { number, branch } = this.#lived.request;
    const after = String(details['after']);
    if (kind === 'ref.updated' && subject === `refs/heads/${branch}`) this.#push(actor, String(details['before']), after, details['forced'] === true);
    if (kind === 'status.created') this.#ci.set(`${String(details['sha'])} ${subject}`, String(details['state']));
    if (/^check_run\./.test(kind)) this.#takeRun(kind, subject, details);
    if (subject !== `#${number}`) return;
    const name = kind.slice(kind.indexOf('.') + 1);
    if (kind.startsWith('pull_request_review.')) this.#takeReview(name, actor, details);
    else if (name === 'synchronize') this.#head = after;
    else if (name === 'edited' && typeof details['base'] === 'string') this.base = details['base'];
    else if (name === 'labeled') this.#labels.add(String(details['label']));
    else if (name === 'unlabeled') this.#labels.delete(String(details['label']));
    else if (name === 'converted_to_draft') this.#isDraft = true;
    else if (name === 'ready_for_review') this.#isDraft = false;
    else if (name === 'closed') this.#isOpen = false;
    else if (name === 'reopened') this.#isOpen = true;
    else if (name === 'merged' && actor === US) {
      this.mergedHead = String(details['head']);
      if (this.mergedHead !== this.#head) this.problems.push(`merged ${this.mergedHead}, and its head was ${this.#head}`);
      for (const lack of this.lacking()) this.problems.push(`merged at ${this.#head}, though ${lack}`);
    }
  }

  #takeReview(name: string, by: string, details: Readonly<Record<string, unknown>>): void {
    if (name === 'submitted') this.#reviews.push({ id: details['review'], by, commit: String(details['commit']), state: String(details['state']) });
    for (const review of this.#reviews) if (name === 'dismissed' && review.id === details['review']) review.state = 'DISMISSED';
  }

  #takeRun(kind: string, subject: string, details: Readonly<Record<string, unknown>>): void {
    const result = kind === 'check_run.completed' ? String(details['conclusion']) : 'pending';
    if (kind !== 'check_run.updated') this.#ci.set(`${String(details['sha'])} ${subject}`, result);
  }

  /** M7: never over commits of a person. */
  #push(by: string, before: string, after: string, forced: boolean): void {
    // Ours alone may be rewritten: onto a base that has moved.
    const isOursAlone = [...this.#pushedBy.values()].every((one) => one === US) && this.#lived.request.author === US;
    const isOurs = this.#isOursNow(before);
    // Who sets the branch back to a commit that it had adds none of their own.
    if (after !== this.#lived.request.head && !this.#pushedBy.has(after)) this.#pushedBy.set(after, by);
    if (by !== US) return;
    if (!isOurs) this.problems.push(`pushed ${after} onto ${before}, which is a person's`);
    if (forced && !isOursAlone) this.problems.push(`pushed ${after} by force`);
  }

  #isOursNow(commit: string): boolean {
    const { request, takenUp } = this.#lived;
    return (this.#pushedBy.get(commit) ?? (commit === request.head ? US : null)) === US || takenUp.includes(commit);
  }

  /** What stands against a merge as things are: M5 to M11, for a workspace where a person approves every head. */
  lacking(): string[] {
    const { history, request, approved } = this.#lived;
    const lacks: string[] = [];
    if (this.isPaused) lacks.push('it is paused');
    if (!this.#isOpen) lacks.push('it is closed');
    if (this.#isDraft) lacks.push('it is a draft');
    for (const label of this.#labels) if ((HOLDS as readonly string[]).includes(label)) lacks.push(`it has the label ${label}`);
    if (!this.#isOursNow(this.#head)) lacks.push(`a person has pushed ${this.#head}`);
    const results = [...this.#ci].filter(([key]) => key.startsWith(`${this.#head} `));
    for (const [key, result] of results) if (!['success', 'neutral', 'skipped'].includes(result)) lacks.push(`ci: ${key} is ${result}`);
    if (history.ci === 'required' && this.base === 'main' && !results.some(([key]) => key.endsWith(' ci'))) lacks.push('ci: nothing is known of ci, which is required');
    if (history.ci === 'real' && results.length === 0) lacks.push('ci: nothing has run');
    const verdicts = new Map<string, Review>();
    for (const review of this.#reviews)
      if (['owner', 'helper', US].includes(review.by) && review.state !== 'COMMENTED') verdicts.set(review.by, review);
    const standing = [...verdicts.values()].filter(({ by }) => by !== request.author);
    for (const { by, state } of standing) if (state === 'CHANGES_REQUESTED') lacks.push(`${by} asked for changes`);
    // M16: what holds for a commit holds for every commit with its tree.
    const isSame = (commit: string): boolean => commit === this.#head || (this.#trees.has(commit) && this.#trees.get(commit) === this.#trees.get(this.#head));
    const isApproved = standing.some(({ state, commit }) => state === 'APPROVED' && isSame(commit)) || approved.some(isSame);
    if (!isApproved) lacks.push(`nobody has approved ${this.#head}`);
    return lacks;
  }
}
