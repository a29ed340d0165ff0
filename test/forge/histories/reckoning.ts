// What the list of effects makes of a repository, reckoned without the forge's code: heads, verdicts, checks, rules, labels, merges. It goes
// moment by moment and finds what must not be: an answer without its effect, an effect that nobody asked for, a merge that lacked something.
// People of one moment act at once, so what a merge had to fulfil may be as it was before any of what happened within the moment.
import { execa } from 'execa';
import type { EffectView } from '../pull-request-support.ts';
import { WRITERS, type Deed, type MergeMethod, type Protection } from './acts.ts';
import type { Answer, Claim, Moment } from './play.ts';

export interface Review {
  readonly id: number;
  readonly author: string;
  readonly commit: string;
  state: string;
  /** The head has moved since, and the rules said then that approvals go with that. */
  isStale: boolean;
}

export interface Thread {
  readonly number: number;
  readonly author: string;
  isOpen: boolean;
  readonly labels: Set<string>;
  readonly comments: number[];
  /** What its timeline must have: `event actor`. */
  readonly timeline: string[];
}

export interface Pull extends Thread {
  readonly headRef: string;
  readonly baseRef: string;
  head: string;
  pushedBy: string;
  draft: boolean;
  readonly reviews: Review[];
  merged: Merge | null;
}

export interface Merge {
  readonly number: number;
  readonly method: MergeMethod | 'push';
  readonly baseRef: string;
  readonly head: string;
  /** Where the base was, and where it is then. */
  readonly before: string;
  readonly after: string;
  /** The rules asked for something, and held for who merged. */
  readonly underRules: boolean;
}

type Verdict = 'success' | 'failure' | 'pending';

export class Reckoning {
  readonly refs: Map<string, { sha: string; by: string }>;
  readonly pulls = new Map<number, Pull>();
  readonly issues = new Map<number, Thread>();
  readonly merges: Merge[] = [];
  readonly effects: EffectView[] = [];
  readonly problems: string[] = [];
  /** What people did, for those who have to find out what went wrong: one line an act. */
  readonly story: string[] = [];
  /** How many acts were done and refused, by kind. */
  readonly counts = new Map<string, { done: number; refused: number }>();
  /** Why merges were refused. */
  readonly refusals: string[] = [];
  readonly #bare: string;
  readonly #rules = new Map<string, Protection>();
  readonly #verdicts = new Map<string, Verdict>();

  constructor(bare: string, refs: ReadonlyMap<string, string>) {
    this.#bare = bare;
    this.refs = new Map([...refs].map(([name, sha]) => [name, { sha, by: 'owner' }]));
  }

  async live({ answers, effects }: Moment): Promise<void> {
    this.effects.push(...effects);
    this.story.push(`effects to ${effects.at(-1)?.sequence ?? '-'}`);
    for (const { deed, claims, because } of answers) {
      const what = claims?.map(({ kinds: [kind], subject }) => `${kind ?? ''} ${subject}`).join(', ') ?? `refused: ${because.slice(0, 200)}`;
      this.story.push(`  ${JSON.stringify(deed)} ${what}`);
      const count = this.counts.get(deed.act.kind) ?? { done: 0, refused: 0 };
      this.counts.set(deed.act.kind, count);
      if (claims === undefined) count.refused++;
      else count.done++;
      if (claims === undefined && deed.act.kind === 'merge') this.refusals.push(because);
    }
    const claimed = this.#claim(answers, effects);
    const isClaimed = (answer: Answer): boolean => [...claimed.values()].some((by) => by.answer === answer);
    const waiting = answers.filter((answer) => answer.claims !== undefined && (hasConditions(answer) || !isClaimed(answer)));
    const lacking = new Map<Answer, string[]>();
    const look = async (): Promise<void> => {
      for (const answer of waiting) if (lacking.get(answer)?.length !== 0) lacking.set(answer, await this.#lacking(answer));
    };
    await look();
    for (const [index, effect] of effects.entries()) {
      const by = claimed.get(effect.sequence);
      const lacks = by === undefined ? [] : (lacking.get(by.answer) ?? []);
      if (lacks.length > 0) this.problems.push(`${told(effect)} though ${lacks.join('; ')}`);
      if (by === undefined) this.#expectConsequence(effect, effects.slice(0, index), effects.slice(index + 1));
      if (by !== undefined) waiting.splice(0, waiting.length, ...waiting.filter((answer) => answer !== by.answer));
      this.#apply(effect, by, effects.slice(index));
      await look();
    }
    for (const answer of waiting)
      for (const lack of lacking.get(answer) ?? []) this.problems.push(`${JSON.stringify(answer.deed)} was told that it was done: ${lack}`);
  }

  /** Finds each answer's effects. What is left of them nobody did on purpose. */
  #claim(answers: readonly Answer[], effects: readonly EffectView[]): Map<number, { answer: Answer; claim: Claim }> {
    const claimed = new Map<number, { answer: Answer; claim: Claim }>();
    for (const answer of answers)
      for (const claim of answer.claims ?? []) {
        const found = effects.find((effect) => !claimed.has(effect.sequence) && effect.actor === answer.deed.by && fits(effect, claim));
        if (found !== undefined) claimed.set(found.sequence, { answer, claim });
        else if (claim.orNothing !== true)
          this.problems.push(`${JSON.stringify(answer.deed)} was done, and no effect says so: ${JSON.stringify(claim)}`);
      }
    return claimed;
  }

  /** What stands against it that this was done, or that nothing needed to be done, as things are now. */
  async #lacking({ deed, claims }: Answer): Promise<string[]> {
    const { act, by } = deed;
    const number = Number(claims?.[0]?.subject.slice(1));
    const pull = this.pulls.get(number);
    const labels = (pull ?? this.issues.get(number))?.labels;
    switch (act.kind) {
      case 'merge':
        return pull === undefined ? ['there is no such request'] : this.#lackingForMerge(pull, by, act.method);
      case 'push': {
        const rules = this.#rulesFor(act.branch, by);
        const isRefused = rules !== undefined && (rules.approvals !== null || rules.contexts.length > 0);
        return isRefused && this.refs.has(`refs/heads/${act.branch}`) ? [`${act.branch} takes no pushes`] : [];
      }
      case 'delete branch':
        return this.refs.has(`refs/heads/${act.branch}`) ? [`${act.branch} is there`] : [];
      case 'label':
        return labels?.has(act.label) === true ? [] : ['it has not the label'];
      case 'close':
        return pull?.isOpen === false ? [] : ['it is open'];
      case 'reopen':
        return pull?.isOpen === true ? [] : ['it is closed'];
      case 'draft':
        return pull?.draft === true ? [] : ['it is no draft'];
      case 'ready':
        return pull?.draft === false ? [] : ['it is a draft'];
      case 'open':
      case 'open issue':
      case 'comment':
      case 'unlabel':
      case 'review':
      case 'dismiss':
      case 'status':
      case 'check':
      case 'update':
      case 'protect':
      case 'unprotect':
        return [];
    }
  }

  /** The rules of a base that hold for this person. */
  #rulesFor(base: string, person: string): Protection | undefined {
    const rules = this.#rules.get(base);
    return rules === undefined || (person === 'owner' && !rules.holdsAdmins) ? undefined : rules;
  }

  async #lackingForMerge(pull: Pull, by: string, method: MergeMethod): Promise<string[]> {
    const lacks: string[] = [];
    if (!pull.isOpen) lacks.push('it is closed');
    if (pull.draft) lacks.push('it is a draft');
    if (!WRITERS.includes(by)) lacks.push(`${by} may not write`);
    const rules = this.#rulesFor(pull.baseRef, by);
    if (rules === undefined) return lacks;
    if (rules.linear && method === 'merge') lacks.push('history must be linear');
    for (const context of rules.contexts) {
      const verdict = this.#verdicts.get(`${pull.head} ${context}`);
      if (verdict !== 'success') lacks.push(`${context} is ${verdict ?? 'missing'}`);
    }
    if (rules.approvals !== null) lacks.push(...lackingReviews(pull, rules, rules.approvals));
    const base = this.refs.get(`refs/heads/${pull.baseRef}`)?.sha ?? '';
    if (rules.strict && rules.contexts.length > 0 && !(await this.#isAncestor(base, pull.head))) lacks.push('it is behind its base');
    return lacks;
  }

  async #isAncestor(one: string, other: string): Promise<boolean> {
    const { exitCode } = await execa('git', ['--git-dir', this.#bare, 'merge-base', '--is-ancestor', one, other], { reject: false });
    return exitCode === 0;
  }

  /** An effect that nobody was told of follows from another of the same moment, or somebody did something without being told. */
  #expectConsequence(effect: EffectView, earlier: readonly EffectView[], later: readonly EffectView[]): void {
    const pull = this.pulls.get(Number(effect.subject.slice(1)));
    const moved = (name: string | undefined): boolean => earlier.some(({ kind, subject }) => kind.startsWith('ref.') && subject === `refs/heads/${name ?? ''}`);
    const isConsequence = ((): boolean => {
      switch (effect.kind) {
        case 'pull_request.synchronize':
        case 'pull_request.closed':
          return moved(pull?.headRef);
        case 'pull_request_review.dismissed':
          return moved(pull?.headRef) || later.some(({ kind, subject }) => kind === 'pull_request.reopened' && subject === effect.subject);
        case 'pull_request.merged':
          return effect.details?.['method'] === 'push' && moved(pull?.baseRef);
        case 'ref.updated':
          return earlier.some(({ kind, details }) => kind === 'pull_request.merged' && details?.['sha'] === effect.details?.['after']);
        default:
          return effect.kind.startsWith('check_suite.');
      }
    })();
    if (!isConsequence) this.problems.push(`nobody was told of ${told(effect)}`);
  }

  #apply(effect: EffectView, by: { readonly answer: Answer; readonly claim: Claim } | undefined, following: readonly EffectView[]): void {
    const { kind, actor, subject, details = {} } = effect;
    const number = Number(subject.slice(1));
    const pull = this.pulls.get(number);
    const thread = pull ?? this.issues.get(number);
    const happens = (event: string): unknown => thread?.timeline.push(`${event} ${actor}`);
    switch (kind) {
      case 'ref.created':
      case 'ref.updated':
        return this.#move(subject, actor, String(details['before']), String(details['after']), details['forced'] === true);
      case 'ref.deleted':
        return this.#delete(subject, actor);
      case 'pull_request.opened':
        return this.#open(number, actor, details, by?.claim.headRef ?? '', by?.answer.deed);
      case 'issue.opened':
        return void this.issues.set(number, threadOf(number, actor));
      case 'pull_request.synchronize':
        if (pull !== undefined && pull.head !== details['after']) this.problems.push(`${told(effect)}: its head is at ${pull.head}`);
        return;
      case 'pull_request.closed':
        if (pull !== undefined) pull.isOpen = false;
        return void happens('closed');
      case 'pull_request.reopened':
        if (pull !== undefined) {
          pull.isOpen = true;
          const tip = this.refs.get(`refs/heads/${pull.headRef}`);
          if (tip !== undefined && tip.sha !== pull.head) this.#moveHead(pull, tip.sha, tip.by);
        }
        return void happens('reopened');
      case 'pull_request.merged':
        return this.#merge(effect, pull, following);
      case 'pull_request.converted_to_draft':
      case 'pull_request.ready_for_review':
        if (pull !== undefined) pull.draft = kind === 'pull_request.converted_to_draft';
        return void happens(kind === 'pull_request.converted_to_draft' ? 'convert_to_draft' : 'ready_for_review');
      case 'pull_request.labeled':
      case 'issue.labeled':
        thread?.labels.add(String(details['label']));
        return void happens('labeled');
      case 'pull_request.unlabeled':
      case 'issue.unlabeled':
        thread?.labels.delete(String(details['label']));
        return void happens('unlabeled');
      case 'issue_comment.created':
        thread?.comments.push(Number(details['comment']));
        return void happens('commented');
      case 'pull_request_review.submitted':
        pull?.reviews.push({
          id: Number(details['review']),
          author: actor,
          commit: String(details['commit']),
          state: String(details['state']),
          isStale: false,
        });
        return void happens('reviewed');
      case 'pull_request_review.dismissed': {
        const review = pull?.reviews.find(({ id }) => id === details['review']);
        if (review !== undefined) review.state = 'DISMISSED';
        return void happens('review_dismissed');
      }
      case 'status.created':
        return void this.#verdicts.set(`${String(details['sha'])} build`, details['state'] as Verdict);
      case 'check_run.completed':
        return void this.#verdicts.set(`${String(details['sha'])} lint`, details['conclusion'] === 'failure' ? 'failure' : 'success');
      case 'branch_protection.created':
      case 'branch_protection.edited':
        if (by?.answer.deed.act.kind === 'protect') this.#rules.set(subject, by.answer.deed.act.protection);
        return;
      case 'branch_protection.deleted':
        return void this.#rules.delete(subject);
    }
  }

  #move(ref: string, by: string, before: string, after: string, forced: boolean): void {
    const known = this.refs.get(ref)?.sha ?? '0'.repeat(40);
    if (known !== before) this.problems.push(`${ref} moved from ${before} to ${after}, but it was at ${known}`);
    this.refs.set(ref, { sha: after, by });
    for (const pull of this.#openFrom(ref)) {
      if (forced) pull.timeline.push(`head_ref_force_pushed ${by}`);
      this.#moveHead(pull, after, by);
    }
  }

  #moveHead(pull: Pull, sha: string, by: string): void {
    pull.head = sha;
    pull.pushedBy = by;
    if (this.#rules.get(pull.baseRef)?.dismissStale === true && this.#rules.get(pull.baseRef)?.approvals !== null)
      for (const review of pull.reviews) review.isStale = true;
  }

  #delete(ref: string, by: string): void {
    const sha = this.refs.get(ref)?.sha;
    this.refs.delete(ref);
    const merged = [...this.pulls.values()].findLast((pull) => `refs/heads/${pull.headRef}` === ref && pull.merged?.head === sha);
    for (const pull of [...this.#openFrom(ref), ...(merged === undefined ? [] : [merged])]) pull.timeline.push(`head_ref_deleted ${by}`);
  }

  #openFrom(ref: string): Pull[] {
    return [...this.pulls.values()].filter(({ headRef, isOpen }) => isOpen && `refs/heads/${headRef}` === ref);
  }

  #open(number: number, author: string, details: Readonly<Record<string, unknown>>, headRef: string, deed: Deed | undefined): void {
    const tip = this.refs.get(`refs/heads/${headRef}`);
    this.pulls.set(number, {
      ...threadOf(number, author),
      headRef,
      baseRef: String(details['base']),
      head: String(details['head']),
      pushedBy: tip?.by ?? author,
      draft: deed?.act.kind === 'open' && deed.act.draft,
      reviews: [],
      merged: null,
    });
  }

  #merge(effect: EffectView, pull: Pull | undefined, following: readonly EffectView[]): void {
    const { actor, details = {} } = effect;
    const after = String(details['sha']);
    if (pull === undefined || pull.merged !== null) return void this.problems.push(`${told(effect)} a second time, or without being there`);
    if (pull.head !== details['head']) this.problems.push(`${told(effect)}: its head was ${pull.head}`);
    const tip = this.refs.get(`refs/heads/${pull.baseRef}`)?.sha ?? '';
    const move = following.find(({ kind, details: to }) => kind === 'ref.updated' && to?.['after'] === after);
    const before = move === undefined ? tip : String(move.details?.['before']);
    const rules = this.#rulesFor(pull.baseRef, actor);
    const underRules = rules !== undefined && (rules.contexts.length > 0 || (rules.approvals ?? 0) > 0);
    const { number, baseRef, head } = pull;
    pull.merged = { number, method: details['method'] as Merge['method'], baseRef, head, before, after, underRules };
    this.merges.push(pull.merged);
    pull.isOpen = false;
    pull.timeline.push(`merged ${actor}`, `closed ${actor}`);
  }
}

function lackingReviews(pull: Pull, { lastPush }: Protection, count: number): string[] {
  const lacks: string[] = [];
  const newest = new Map<string, Review>();
  for (const review of pull.reviews)
    if (review.state !== 'COMMENTED' && review.author !== pull.author && WRITERS.includes(review.author)) newest.set(review.author, review);
  const verdicts = [...newest.values()];
  const approvals = verdicts.filter(({ state, isStale }) => state === 'APPROVED' && !isStale);
  if (verdicts.some(({ state }) => state === 'CHANGES_REQUESTED')) lacks.push('changes were requested');
  if (approvals.length < count) lacks.push(`it has ${approvals.length} approvals of ${count}`);
  if (lastPush && !approvals.some(({ author, commit }) => author !== pull.pushedBy && commit === pull.head))
    lacks.push(`nobody but ${pull.pushedBy}, who pushed last, has approved of its head`);
  return lacks;
}

/** What had to be so before it was done; of everything else, what had to be so already if nothing was done. */
const hasConditions = ({ deed: { act } }: Answer): boolean => act.kind === 'merge' || act.kind === 'push';

const threadOf = (number: number, author: string): Thread => ({
  number,
  author,
  isOpen: true,
  labels: new Set(),
  comments: [],
  timeline: [],
});

const fits = ({ kind, subject, details = {} }: EffectView, claim: Claim): boolean =>
  claim.kinds.includes(kind) &&
  claim.subject === subject &&
  Object.entries(claim.details ?? {}).every(([key, value]) => details[key] === value);

const told = ({ kind, actor, subject, sequence, details }: EffectView): string =>
  `${kind} ${subject} by ${actor} (effect ${sequence}: ${JSON.stringify(details ?? {})})`;
