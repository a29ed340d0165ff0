// What the list of effects makes of a repository, reckoned without the forge's code: heads, verdicts, checks, rules, labels, merges. It goes
// moment by moment and finds what must not be: an answer without its effect, an effect that nobody asked for, a merge that lacked something.
// People of one moment act at once, so what a merge had to fulfil may be as it was before any of what happened within the moment.
import { execa } from 'execa';
import type { EffectView } from '../pull-request-support.ts';
import { WRITERS, type Deed, type MergeMethod, type Protection } from './acts.ts';
import { ownersOfChange } from './owners.ts';
import type { Answer, Claim, Moment } from './play.ts';
import { conflict, QUEUE_REF, Queues } from './queues.ts';

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
  /** Whose review it waits for. */
  readonly asked: Set<string>;
  autoMerge: { readonly by: string; readonly method: MergeMethod } | null;
  merged: Merge | null;
}

export interface Merge {
  readonly number: number;
  readonly method: MergeMethod | 'push';
  readonly way: 'call' | 'auto-merge' | 'queue' | 'push';
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
  readonly queues: Queues;
  readonly #rules = new Map<string, Protection>();
  /** `#number login` of owners who must be asked in this moment. */
  readonly #toAsk = new Set<string>();
  readonly #verdicts = new Map<string, Verdict>();

  constructor(bare: string, refs: ReadonlyMap<string, string>) {
    this.#bare = bare;
    this.refs = new Map([...refs].map(([name, sha]) => [name, { sha, by: 'owner' }]));
    this.queues = new Queues({
      bare,
      tip: (branch) => this.#tip(branch),
      head: (number) => this.pulls.get(number)?.head ?? '',
      verdict: (sha, base) => this.#verdictOf(sha, this.#rulesFor(base, 'anybody').contexts),
      lackingReviews: async (number) => {
        const pull = this.pulls.get(number);
        return pull === undefined ? ['there is no such request'] : this.#lackingReviews(pull, this.#rulesFor(pull.baseRef, 'anybody'));
      },
    });
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
    const unasked = effects.filter((effect, index) => !claimed.has(effect.sequence) && this.#happensByItself(effect, effects.slice(index + 1)));
    const lacking = new Map<Answer | EffectView, string[]>();
    const look = async (): Promise<void> => {
      for (const answer of waiting) if (lacking.get(answer)?.length !== 0) lacking.set(answer, await this.#lacking(answer));
      for (const effect of unasked) if (lacking.get(effect)?.length !== 0) lacking.set(effect, await this.#lackingByItself(effect));
    };
    await look();
    for (const [index, effect] of effects.entries()) {
      const by = claimed.get(effect.sequence);
      const lacks = lacking.get(by?.answer ?? effect) ?? [];
      if (lacks.length > 0) this.problems.push(`${told(effect)} though ${lacks.join('; ')}`);
      if (by === undefined) this.#expectConsequence(effect, effects.slice(0, index), effects.slice(index + 1));
      if (by !== undefined) waiting.splice(0, waiting.length, ...waiting.filter((answer) => answer !== by.answer));
      unasked.splice(0, unasked.length, ...unasked.filter((other) => other !== effect));
      this.#apply(effect, by, effects.slice(index));
      for (const problem of this.queues.apply(effect)) this.problems.push(`${told(effect)}: ${problem}`);
      await this.#noteOwners(effect);
      await look();
    }
    for (const answer of waiting)
      for (const lack of lacking.get(answer) ?? []) this.problems.push(`${JSON.stringify(answer.deed)} was told that it was done: ${lack}`);
    this.problems.push(...(await this.#problemsAtRest()));
  }

  /** What the forge should have done by itself in this moment, and has not. */
  async #problemsAtRest(): Promise<string[]> {
    const problems = [...this.queues.problemsAtRest(), ...[...this.#toAsk].map((who) => `${who} owns what is changed, and was not asked`)];
    this.#toAsk.clear();
    for (const pull of this.pulls.values()) {
      if (!pull.isOpen || pull.autoMerge === null || this.queues.entryOf(pull.number) !== undefined) continue;
      const lacks = await this.#lackingForMerge(pull, this.#rulesFor(pull.baseRef, 'anybody'));
      if (lacks.length === 0 && !(await conflict(this.#bare, this.#tip(pull.baseRef), pull.head)))
        problems.push(`#${pull.number} lacks nothing, and has not merged itself`);
    }
    return problems;
  }

  /** Merges and places in queues that nobody was told of have conditions of their own. */
  #happensByItself({ kind, subject, details = {} }: EffectView, later: readonly EffectView[]): boolean {
    const follows = (...kinds: string[]): boolean => later.some((other) => other.subject === subject && kinds.includes(other.kind));
    switch (kind) {
      case 'pull_request.merged':
        return details['method'] !== 'push' && details['method'] !== 'queue';
      case 'pull_request.enqueued':
        return true;
      case 'pull_request.dequeued':
        return details['reason'] !== 'HEAD_MOVED' && !(details['reason'] === 'MANUAL' && follows('pull_request.closed', 'pull_request.converted_to_draft'));
      default:
        return false;
    }
  }

  async #lackingByItself(effect: EffectView): Promise<string[]> {
    if (effect.kind === 'pull_request.dequeued') return this.queues.lackingToLeave(effect);
    const pull = this.pulls.get(Number(effect.subject.slice(1)));
    if (pull === undefined || pull.autoMerge === null || pull.autoMerge.by !== effect.actor) return ['auto-merge is off'];
    const rules = this.#rulesFor(pull.baseRef, 'anybody');
    const hasQueue = this.queues.rules.has(pull.baseRef);
    const { method } = pull.autoMerge;
    return [
      ...(await this.#lackingForMerge(pull, rules, hasQueue ? undefined : method)),
      ...(hasQueue === (effect.kind === 'pull_request.enqueued') ? [] : [`there is ${hasQueue ? 'a' : 'no'} queue`]),
      ...(effect.kind === 'pull_request.enqueued' || effect.details?.['method'] === method ? [] : [`it was to be a ${method}`]),
    ];
  }

  /** Owners of what a request changes are asked for their review once it is ready. */
  async #noteOwners({ kind, subject, details = {} }: EffectView): Promise<void> {
    const pull = this.pulls.get(Number(subject.slice(1)));
    if (pull === undefined) return;
    if ((kind === 'pull_request.opened' && !pull.draft) || kind === 'pull_request.ready_for_review')
      for (const owner of (await ownersOfChange(this.#bare, this.#tip(pull.baseRef), pull.head)).flat())
        if (owner !== pull.author && !pull.asked.has(owner)) this.#toAsk.add(`${subject} ${owner}`);
    if (kind !== 'pull_request.review_requested') return;
    const who = String(details['reviewer']);
    if (!this.#toAsk.delete(`${subject} ${who}`)) this.problems.push(`${who} was asked about ${subject}, and owns nothing of it`);
    pull.asked.add(who);
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
        if (pull === undefined) return ['there is no such request'];
        return [
          ...(await this.#lackingForMerge(pull, this.#rulesFor(pull.baseRef, by), act.method)),
          ...(WRITERS.includes(by) ? [] : [`${by} may not write`]),
          ...(this.queues.rules.has(pull.baseRef) ? ['its base has a queue'] : []),
        ];
      case 'enqueue':
        if (pull === undefined) return ['there is no such request'];
        return [
          ...(await this.#lackingForMerge(pull, { ...this.#rulesFor(pull.baseRef, 'anybody'), strict: false })),
          ...(WRITERS.includes(by) ? [] : [`${by} may not write`]),
          ...(this.queues.rules.has(pull.baseRef) ? [] : ['its base has no queue']),
        ];
      case 'auto-merge':
        if (pull === undefined || this.queues.entryOf(pull.number) !== undefined) return ['it is in the queue'];
        return pull.isOpen && !pull.draft && WRITERS.includes(by) ? [] : [`it is closed, or a draft, or ${by} may not write`];
      case 'push':
      case 'owners': {
        const branch = act.kind === 'push' ? act.branch : act.base;
        const { approvals, contexts } = this.#rulesFor(branch, by);
        const isRefused = approvals !== null || contexts.length > 0 || this.queues.rules.has(branch);
        return isRefused && this.refs.has(`refs/heads/${branch}`) ? [`${branch} takes no pushes`] : [];
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
      case 'no auto-merge':
      case 'dequeue':
      case 'test group':
      case 'queue':
      case 'no queue':
        return [];
    }
  }

  /** The rules of a base that hold for this person: of its protection, and the checks of its queue, which hold for everybody. */
  #rulesFor(base: string, person: string): Protection {
    const rules = this.#rules.get(base);
    const { contexts, strict, ...others } = rules === undefined || (person === 'owner' && !rules.holdsAdmins) ? NOTHING : rules;
    const isStrict = strict && contexts.length > 0;
    return { ...others, strict: isStrict, contexts: [...new Set([...contexts, ...(this.queues.rules.get(base)?.contexts ?? [])])] };
  }

  #tip(branch: string): string {
    return this.refs.get(`refs/heads/${branch}`)?.sha ?? '';
  }

  #verdictOf(sha: string, contexts: Protection['contexts']): Verdict {
    const verdicts = contexts.map((context) => this.#verdicts.get(`${sha} ${context}`) ?? 'pending');
    return verdicts.find((verdict) => verdict === 'failure') ?? verdicts.find((verdict) => verdict === 'pending') ?? 'success';
  }

  /** @param method undefined: whatever it will be */
  async #lackingForMerge(pull: Pull, rules: Protection, method?: MergeMethod): Promise<string[]> {
    const lacks = await this.#lackingReviews(pull, rules);
    if (!pull.isOpen) lacks.push('it is closed');
    if (pull.draft) lacks.push('it is a draft');
    if (rules.linear && method === 'merge') lacks.push('history must be linear');
    for (const context of rules.contexts) {
      const verdict = this.#verdicts.get(`${pull.head} ${context}`);
      if (verdict !== 'success') lacks.push(`${context} is ${verdict ?? 'missing'}`);
    }
    if (rules.strict && !(await this.#isAncestor(this.#tip(pull.baseRef), pull.head))) lacks.push('it is behind its base');
    return lacks;
  }

  async #lackingReviews(pull: Pull, rules: Protection): Promise<string[]> {
    if (rules.approvals === null) return [];
    const owners = rules.codeOwners ? await ownersOfChange(this.#bare, this.#tip(pull.baseRef), pull.head) : [];
    return lackingReviews(pull, rules, rules.approvals, owners);
  }

  async #isAncestor(one: string, other: string): Promise<boolean> {
    const { exitCode } = await execa('git', ['--git-dir', this.#bare, 'merge-base', '--is-ancestor', one, other], { reject: false });
    return exitCode === 0;
  }

  /** An effect that nobody was told of follows from another of the same moment, or somebody did something without being told. */
  #expectConsequence(effect: EffectView, earlier: readonly EffectView[], later: readonly EffectView[]): void {
    const pull = this.pulls.get(Number(effect.subject.slice(1)));
    const moved = (name: string | undefined): boolean => earlier.some(({ kind, subject }) => kind.startsWith('ref.') && subject === `refs/heads/${name ?? ''}`);
    const isClosedOrDraftLater = later.some(
      ({ kind, subject }) => subject === effect.subject && /^pull_request\.(closed|converted_to_draft)$/.test(kind),
    );
    const isAutoMerging = pull !== undefined && pull.autoMerge !== null;
    const isConsequence = ((): boolean => {
      switch (effect.kind) {
        case 'pull_request.synchronize':
        case 'pull_request.closed':
          return moved(pull?.headRef);
        case 'pull_request_review.dismissed':
          return moved(pull?.headRef) || later.some(({ kind, subject }) => kind === 'pull_request.reopened' && subject === effect.subject);
        case 'pull_request.merged':
          if (effect.details?.['method'] === 'queue') return this.queues.mergedEntry(pull?.number ?? 0) !== undefined;
          return effect.details?.['method'] === 'push' ? moved(pull?.baseRef) : isAutoMerging;
        case 'pull_request.enqueued':
          return isAutoMerging;
        case 'pull_request.dequeued':
          return effect.details?.['reason'] !== 'HEAD_MOVED' || moved(pull?.headRef);
        case 'pull_request.auto_merge_disabled':
          return isClosedOrDraftLater || isNoWayToMerge(pull, this.#rules.get(pull?.baseRef ?? ''));
        case 'pull_request.review_requested':
        case 'merge_group.checks_requested':
          return true; // queues.apply and noteOwners see to it
        case 'ref.created':
          return effect.subject.startsWith(QUEUE_REF) && earlier.some(({ kind, details }) => kind.startsWith('merge_group.') && details?.['sha'] === effect.details?.['after']);
        case 'ref.deleted':
          return effect.subject.startsWith(QUEUE_REF);
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
      case 'pull_request.review_requested':
        return void happens('review_requested');
      case 'pull_request.auto_merge_enabled':
        if (pull !== undefined) pull.autoMerge = { by: actor, method: details['method'] as MergeMethod };
        return void happens('auto_merge_enabled');
      case 'pull_request.auto_merge_disabled':
        if (pull !== undefined) pull.autoMerge = null;
        return void happens('auto_merge_disabled');
      case 'pull_request.enqueued':
        // Its place in the queue is what auto-merge has waited for.
        if (pull !== undefined && by === undefined) pull.autoMerge = null;
        return void happens('added_to_merge_queue');
      case 'pull_request.dequeued':
        return void happens('removed_from_merge_queue');
      case 'ruleset.created':
        if (by?.answer.deed.act.kind === 'queue') this.queues.rules.set(by.answer.deed.act.base, by.answer.deed.act.rule);
        return;
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
        return this.#merge(effect, pull, following, by);
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
        pull?.asked.delete(actor);
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
      asked: new Set(),
      autoMerge: null,
      merged: null,
    });
  }

  #merge(effect: EffectView, pull: Pull | undefined, following: readonly EffectView[], by: object | undefined): void {
    const { actor, details = {} } = effect;
    const after = String(details['sha']);
    if (pull === undefined || pull.merged !== null) return void this.problems.push(`${told(effect)} a second time, or without being there`);
    if (pull.head !== details['head']) this.problems.push(`${told(effect)}: its head was ${pull.head}`);
    const tip = this.refs.get(`refs/heads/${pull.baseRef}`)?.sha ?? '';
    const move = following.find(({ kind, details: to }) => kind === 'ref.updated' && to?.['after'] === after);
    const before = move === undefined ? tip : String(move.details?.['before']);
    const isQueue = details['method'] === 'queue';
    const group = isQueue ? this.queues.mergedEntry(pull.number)?.group : undefined;
    if (isQueue && group?.sha !== after) this.problems.push(`${told(effect)}: its group was ${group?.sha ?? 'not built'}`);
    const way = isQueue ? 'queue' : details['method'] === 'push' ? 'push' : by === undefined ? 'auto-merge' : 'call';
    const rules = this.#rulesFor(pull.baseRef, way === 'call' ? actor : 'anybody');
    const underRules = rules.contexts.length > 0 || (rules.approvals ?? 0) > 0;
    const method = group?.rule.method ?? (details['method'] as MergeMethod | 'push');
    const { number, baseRef, head } = pull;
    pull.merged = { number, method, way, baseRef, head, before, after, underRules };
    this.merges.push(pull.merged);
    pull.isOpen = false;
    pull.timeline.push(`merged ${actor}`, `closed ${actor}`);
  }
}

function lackingReviews(pull: Pull, { lastPush }: Protection, count: number, owners: readonly (readonly string[])[]): string[] {
  const lacks: string[] = [];
  const newest = new Map<string, Review>();
  for (const review of pull.reviews)
    if (review.state !== 'COMMENTED' && review.author !== pull.author && WRITERS.includes(review.author)) newest.set(review.author, review);
  const verdicts = [...newest.values()];
  const approvals = verdicts.filter(({ state, isStale }) => state === 'APPROVED' && !isStale);
  if (verdicts.some(({ state }) => state === 'CHANGES_REQUESTED')) lacks.push('changes were requested');
  if (approvals.length < count) lacks.push(`it has ${approvals.length} approvals of ${count}`);
  for (const group of owners)
    if (!approvals.some(({ author }) => group.includes(author))) lacks.push(`none of its owners ${group.join(', ')} has approved`);
  if (lastPush && !approvals.some(({ author, commit }) => author !== pull.pushedBy && commit === pull.head))
    lacks.push(`nobody but ${pull.pushedBy}, who pushed last, has approved of its head`);
  return lacks;
}

/** Auto-merge finds out by trying that a rebase conflicts, or that the rules no longer leave its method. */
const isNoWayToMerge = (pull: Pull | undefined, rules: Protection | undefined): boolean =>
  pull?.autoMerge?.method === 'rebase' || (rules?.linear === true && pull?.autoMerge?.method === 'merge');

const NOTHING: Protection = {
  contexts: [],
  strict: false,
  approvals: null,
  dismissStale: false,
  lastPush: false,
  holdsAdmins: false,
  linear: false,
  codeOwners: false,
};

/** What had to be so before it was done; of everything else, what had to be so already if nothing was done. */
const hasConditions = ({ deed: { act } }: Answer): boolean => ['merge', 'push', 'owners', 'enqueue', 'auto-merge'].includes(act.kind);

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
