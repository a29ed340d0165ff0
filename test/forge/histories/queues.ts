// The merge queues as the reckoning sees them: who is in them, what was built for whom, and what must be so when one leaves or is left in.
import { execa } from 'execa';
import type { EffectView } from '../pull-request-support.ts';
import type { QueueRule } from './acts.ts';

export interface Group {
  readonly ref: string;
  readonly sha: string;
  readonly base: string;
  readonly rule: QueueRule;
}

export interface Entry {
  readonly number: number;
  readonly base: string;
  readonly by: string;
  group: Group | undefined;
}

/** What the queues ask of the rest of the reckoning, as it is at that time. */
export interface Surroundings {
  readonly bare: string;
  tip(branch: string): string;
  head(number: number): string;
  /** Of all the contexts that the base asks for, whoever asks. */
  verdict(sha: string, base: string): 'success' | 'failure' | 'pending';
  /** What the request lacks beside checks. */
  lackingReviews(number: number): Promise<string[]>;
}

export const QUEUE_REF = 'refs/heads/gh-readonly-queue/';

export class Queues {
  readonly rules = new Map<string, QueueRule>();
  readonly #around: Surroundings;
  #entries: Entry[] = [];
  /** Who has left within the moment: a merge that is under way cannot be called back. */
  readonly #left = new Map<number, Entry>();

  /** Rules that have gone within the moment: a step that is under way goes by them to its end. */
  readonly #goneRules = new Map<string, QueueRule>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  entryOf(number: number): Entry | undefined {
    return this.#entries.find((entry) => entry.number === number);
  }

  /** The entry that a merge by the queue is of. */
  mergedEntry(number: number): Entry | undefined {
    return this.entryOf(number) ?? this.#left.get(number);
  }

  /** @returns what is wrong with it */
  apply({ kind, actor, subject, details = {} }: EffectView): string[] {
    const number = Number(subject.slice(1));
    const entry = this.entryOf(number);
    switch (kind) {
      case 'ruleset.deleted': {
        const base = subject.replace('queue-', '');
        const rule = this.rules.get(base);
        if (rule !== undefined) this.#goneRules.set(base, rule);
        this.rules.delete(base);
        return [];
      }
      case 'pull_request.enqueued':
        this.#entries.push({ number, base: String(details['base']), by: actor, group: undefined });
        return entry === undefined ? [] : [`${subject} is in the queue already`];
      case 'merge_group.checks_requested': {
        const rule = this.rules.get(entry?.base ?? '') ?? this.#goneRules.get(entry?.base ?? '');
        if (entry === undefined || rule === undefined) return [`a group was built for ${subject}, which is in no queue`];
        entry.group = { ref: String(details['ref']), sha: String(details['sha']), base: String(details['base']), rule };
        return entry.group.base === this.#onto(entry) ? [] : [`the group of ${subject} is built upon ${entry.group.base}`];
      }
      case 'pull_request.dequeued': {
        if (entry === undefined) return [`${subject} is in no queue`];
        const behind = this.#entries.slice(this.#entries.indexOf(entry) + 1).filter(({ base }) => base === entry.base);
        if (details['reason'] !== 'MERGE') for (const other of behind) other.group = undefined;
        this.#entries = this.#entries.filter((other) => other !== entry);
        this.#left.set(number, entry);
        return [];
      }
      case 'ref.deleted':
        return this.#entries.some(({ group }) => group?.ref === subject) ? [`${subject} is gone, and still under test`] : [];
      default:
        return [];
    }
  }

  /** What stands against it that an entry leaves so, as things are now. */
  async lackingToLeave({ subject, details = {} }: EffectView): Promise<string[]> {
    const entry = this.entryOf(Number(subject.slice(1)));
    if (entry === undefined) return [`${subject} is in no queue`];
    const { group, base, number } = entry;
    const verdict = group === undefined ? 'pending' : this.#around.verdict(group.sha, base);
    const lacks = await this.#around.lackingReviews(number);
    switch (details['reason']) {
      case 'MERGE': {
        const isFirst = this.#queueOf(base)[0] === entry;
        const isVouchedFor = group?.rule.grouping === 'HEADGREEN' && this.#laterIsGreen(entry, group.rule);
        return [
          ...(isFirst ? [] : ['it is not the first']),
          ...(group !== undefined && (verdict === 'success' || isVouchedFor) ? [] : [`its group is ${verdict}`]),
          ...lacks,
        ];
      }
      case 'CI_FAILURE':
        return verdict === 'failure' ? [] : [`its group is ${verdict}`];
      case 'BRANCH_PROTECTIONS':
        return lacks.length > 0 ? [] : ['it has what the base asks for'];
      case 'MERGE_CONFLICT':
        return (await this.#conflicts(entry)) ? [] : ['it conflicts with nothing'];
      case 'MANUAL':
        return this.rules.has(base) ? ['its queue is still there'] : [];
      default:
        return [`${String(details['reason'])} is no reason`];
    }
  }

  /** What the queues should have done by themselves. To be asked when nothing moves any more. */
  problemsAtRest(): string[] {
    this.#left.clear();
    this.#goneRules.clear();
    const problems: string[] = [];
    for (const base of new Set(this.#entries.map((entry) => entry.base))) {
      const rule = this.rules.get(base);
      const queue = this.#queueOf(base);
      if (rule === undefined) problems.push(`${base} has no queue, and #${queue[0]?.number ?? ''} is in it`);
      const [first] = queue;
      if (rule === undefined || first === undefined) continue;
      for (const entry of queue.slice(0, rule.atOnce))
        if (entry.group?.base !== this.#onto(entry)) problems.push(`nothing was built for #${entry.number} upon what is before it`);
      const verdict = this.#around.verdict(first.group?.sha ?? '', base);
      if (verdict !== 'pending') problems.push(`#${first.number} is the first, a ${verdict}, and still there`);
      if (rule.grouping === 'HEADGREEN' && this.#laterIsGreen(first, rule)) problems.push(`#${first.number} is vouched for, and still there`);
    }
    return problems;
  }

  #queueOf(base: string): Entry[] {
    return this.#entries.filter((entry) => entry.base === base);
  }

  /** What the group of an entry must be built upon. */
  #onto(entry: Entry): string | undefined {
    const queue = this.#queueOf(entry.base);
    const at = queue.indexOf(entry);
    return at <= 0 ? this.#around.tip(entry.base) : queue[at - 1]?.group?.sha;
  }

  #laterIsGreen(entry: Entry, { atOnce }: QueueRule): boolean {
    const queue = this.#queueOf(entry.base).slice(0, atOnce);
    return queue.slice(queue.indexOf(entry) + 1).some(({ group, base }) => group !== undefined && this.#around.verdict(group.sha, base) === 'success');
  }

  /** A rebase may conflict where a merge does not. */
  async #conflicts(entry: Entry): Promise<boolean> {
    const onto = this.#onto(entry);
    if (onto === undefined || this.rules.get(entry.base)?.method === 'rebase') return true;
    return conflict(this.#around.bare, onto, this.#around.head(entry.number));
  }
}

export async function conflict(bare: string, one: string, other: string): Promise<boolean> {
  return (await execa('git', ['--git-dir', bare, 'merge-tree', '--write-tree', one, other], { reject: false })).exitCode !== 0;
}
