// Which gates a change needs and why, and which are met and by what (M11, M12, M17). Pure. A gate that nothing met says so: there is no
// way past one but evidence. What is looked at is the head's tree; approvals and checks of other trees count for nothing.
import type { ForgeCheck, ForgeReview, GateFacts } from '../contracts/gates.ts';
import type { MergePolicy } from '../contracts/merge-policy.ts';
import type { Check, CheckKind, Gate, GateName } from '../contracts/proof.ts';
import { firstMatch } from './paths.ts';
import { PERSON_PATHS } from './person-paths.ts';
import { soundsLikeTests } from './test-checks.ts';

/** Labels by which a person stops merging at once (M10). */
export const HOLD_LABELS: readonly string[] = ['hold', 'do-not-merge', 'needs-human-review', 'signalbox: hold'];

export type GatesVerdict = { readonly state: 'passed' } | { readonly state: 'pending' | 'unmet'; readonly because: string };

/** Every gate, needed or not, in the order of `GATES`. */
export const gates = (facts: GateFacts): readonly Gate[] => [
  open(facts),
  hold(facts),
  mergeable(facts),
  checks(facts),
  tests(facts),
  review(facts),
  ...AUDITS.map((audit) => auditGate(facts, audit)),
  blocker(facts),
  changesRequested(facts),
  conversations(facts),
  forgeApprovals(facts),
  approval(facts),
];

/** What a forge itself asks for. Where people merge, what we ask for before we do does not count. */
export const gatesOfPeople = (all: readonly Gate[]): readonly Gate[] => all.filter(({ name }) => OF_PEOPLE.includes(name));
const OF_PEOPLE: readonly GateName[] = ['open', 'hold', 'mergeable', 'checks', 'changes-requested', 'conversations', 'forge-approvals'];

/** Passed only if every gate that is needed is met. */
export function verdictOf(all: readonly Gate[]): GatesVerdict {
  const missing = all.filter(({ needed, met }) => needed && !met);
  if (missing.length === 0) return { state: 'passed' };
  const unmet = missing.filter(({ pending }) => !pending);
  const shown = unmet.length > 0 ? unmet : missing;
  return {
    state: unmet.length > 0 ? 'unmet' : 'pending',
    because: shown.map(({ name, because }) => `${name}: ${because}`).join(' '),
  };
}

/** Of what is merged already, the gates are asked as if it were not: the merge log tells which were not met (M19). */
export const asBeforeMerge = (facts: GateFacts): GateFacts =>
  facts.now.state === 'merged' ? { ...facts, now: { ...facts.now, state: 'open', merge: 'clean' } } : facts;

/** Names of the gates that are needed and not met. */
export const unmetOf = (all: readonly Gate[]): GateName[] => all.filter(({ needed, met }) => needed && !met).map(({ name }) => name);

const met = (name: GateName, because: string, evidence: readonly string[] = []): Gate => gate(name, true, because, 'met', evidence);
const unmet = (name: GateName, because: string, evidence: readonly string[] = []): Gate => gate(name, true, because, 'unmet', evidence);
const pending = (name: GateName, because: string): Gate => gate(name, true, because, 'pending', []);
const notNeeded = (name: GateName, because: string): Gate => gate(name, false, because, 'unmet', []);

/** Missing, and for people to bring. */
const byPeople = (name: GateName, because: string, evidence: readonly string[] = []): Gate => ({
  ...unmet(name, because, evidence),
  byPeople: true,
});

const gate = (name: GateName, needed: boolean, because: string, state: 'met' | 'unmet' | 'pending', evidence: readonly string[]): Gate => ({
  name,
  needed,
  because,
  met: state === 'met',
  pending: state === 'pending',
  byPeople: false,
  evidence,
});

function open({ now }: GateFacts): Gate {
  if (now.state !== 'open') return unmet('open', `The request is ${now.state}.`);
  return now.draft ? unmet('open', 'The request is a draft.') : met('open', 'The request is open and no draft.');
}

function hold({ now, held }: GateFacts): Gate {
  if (held !== null) return unmet('hold', held);
  const label = now.labels.find((one) => HOLD_LABELS.includes(one.toLowerCase()));
  return label === undefined ? met('hold', 'No label holds it.') : unmet('hold', `The label "${label}" holds it.`);
}

function mergeable(facts: GateFacts): Gate {
  const { now } = facts;
  switch (now.merge) {
    case 'clean':
      if (now.queue) return inQueue(now);
      return met('mergeable', `The forge can merge it into ${now.base.branch}.`, [now.base.commit]);
    case 'conflict':
      return unmet('mergeable', `It conflicts with ${now.base.branch}.`);
    case 'behind':
      if (now.queue) return inQueue(now); // the queue itself builds upon the base as it is
      return unmet('mergeable', `It is behind ${now.base.branch}, which has to be merged into it first.`);
    case 'blocked':
      return blocked(facts);
    case 'pending':
      return pending('mergeable', 'The forge has not said yet whether it can be merged.');
  }
}

const inQueue = ({ base }: GateFacts['now']): Gate => met('mergeable', `The merge queue of ${base.branch} can take it.`, [base.commit]);

/** Where nothing that we see explains it, no time brings what is missing: somebody has to look there. */
function blocked(facts: GateFacts): Gate {
  const { now } = facts;
  const isExplained = [checks, changesRequested, conversations, forgeApprovals].some((one) => one(facts).needed && !one(facts).met);
  if (isExplained) return pending('mergeable', 'The forge’s protection blocks it until the rest is there.');
  if (now.queue) return inQueue(now); // it may be blocked for everything but the queue, which says itself what it does not take
  const asks = now.alsoRequired.length > 0 ? `it asks for ${now.alsoRequired.join(', ')}` : 'what it asks for it does not show us';
  const open = now.conversations.open > 0 ? `; ${counted(now.conversations.open, 'conversation')} not resolved` : '';
  return byPeople('mergeable', `The protection of ${now.base.branch} blocks it: ${asks}${open}.`);
}

function checks({ now }: GateFacts): Gate {
  const failed = now.checks.filter(({ state }) => state === 'failed');
  if (failed.length > 0) return unmet('checks', `${names(failed)} failed.`);
  const missing = now.required.filter((name) => !now.checks.some((check) => check.name === name));
  const waiting = [...now.checks.filter(({ state }) => state === 'pending'), ...missing.map((name) => ({ name }))];
  if (waiting.length > 0) return pending('checks', `Waiting for ${names(waiting)}.`);
  if (now.checksMayCome) return pending('checks', 'The forge shows no check yet, and the change has workflows.');
  const passed = now.checks.map(({ name }) => name);
  return met('checks', passed.length === 0 ? 'The forge asks for none and shows none.' : `${names(now.checks)} passed.`, passed);
}

function tests(facts: GateFacts): Gate {
  const { now, policy } = facts;
  const ours = newest(facts, 'tests');
  if (ours?.outcome === 'failed') return unmet('tests', ours.because, [ours.id]);
  if (ours !== undefined) return met('tests', ours.because, [ours.id]);
  const ci = checks(facts);
  const ran = now.checks.filter((check) => check.ran && isTest(check, policy)).map(({ name }) => name);
  if (ci.met && ran.length > 0) return met('tests', `${ran.join(', ')} ran them.`, ran);
  if (!policy.testsNeeded) return notNeeded('tests', 'The workspace merges without tests.');
  return ci.pending ? pending('tests', ci.because) : unmet('tests', 'Nothing has run the tests of this tree.');
}

const isTest = (check: ForgeCheck, { testChecks }: MergePolicy): boolean =>
  testChecks.length === 0 ? soundsLikeTests(check) : firstMatch([check.name], testChecks) !== undefined;

function review(facts: GateFacts): Gate {
  const verdict = newest(facts, 'review');
  if (verdict === undefined) return unmet('review', 'Nobody has reviewed this tree.');
  return verdict.outcome === 'passed' ? met('review', verdict.because, [verdict.id]) : unmet('review', verdict.because, [verdict.id]);
}

interface Audit {
  readonly kind: Extract<CheckKind, GateName> & ('architecture' | 'production' | 'security');
  /** Why it is needed, or undefined. */
  readonly reason: (facts: GateFacts) => string | undefined;
}

const isRisky = ({ classification }: GateFacts): boolean =>
  classification?.riskLevel === 'High' || classification?.riskLevel === 'Critical';
const risk = (facts: GateFacts): string | undefined =>
  isRisky(facts) ? `Its risk is ${facts.classification?.riskLevel.toLowerCase()}.` : undefined;

const AUDITS: readonly Audit[] = [
  {
    kind: 'architecture',
    reason: (facts) => (facts.classification?.touchesArchitecture === true ? 'It touches the architecture.' : risk(facts)),
  },
  {
    kind: 'production',
    reason: (facts) => {
      const path = firstMatch(facts.now.files, facts.policy.productionPaths);
      return path === undefined ? risk(facts) : `It changes ${path}.`;
    },
  },
  {
    kind: 'security',
    reason: ({ classification }) => (classification?.touchesSecurity === true ? 'It touches security.' : undefined),
  },
];

/** An audit that no session has made falls to a person: approving the very head stands for it. One that failed does not. */
function auditGate(facts: GateFacts, { kind, reason }: Audit): Gate {
  const needed = reason(facts);
  const audit = newest(facts, kind);
  if (needed === undefined) return notNeeded(kind, facts.classification === null ? 'Nobody has classified it.' : 'Nothing asks for it.');
  if (audit !== undefined) {
    const because = `${needed} ${audit.because}`;
    return audit.outcome === 'passed' ? met(kind, because, [audit.id]) : unmet(kind, because, [audit.id]);
  }
  const approvals = approvalsOfHead(facts);
  if (approvals.length > 0) return met(kind, `${needed} No session has audited it; a person approved it.`, approvals);
  return byPeople(kind, `${needed} No session has audited it, and no person has approved this head.`);
}

function blocker({ blockers }: GateFacts): Gate {
  return blockers.length === 0
    ? met('blocker', 'Nobody has said that it must not be merged.')
    : unmet('blocker', blockers.map(({ by, excerpt }) => `${by} wants it stopped: "${excerpt}"`).join(' '));
}

function changesRequested({ now }: GateFacts): Gate {
  const by = now.reviews.filter(({ state, mayWrite }) => state === 'changes requested' && mayWrite);
  return by.length === 0
    ? met('changes-requested', 'Nobody asks for changes.')
    : byPeople('changes-requested', `${by.map((one) => one.by).join(', ')} asked for changes.`);
}

function conversations({ now }: GateFacts): Gate {
  const { open, mustBeResolved } = now.conversations;
  if (!mustBeResolved) return notNeeded('conversations', `The protection of ${now.base.branch} does not ask for them to be resolved.`);
  return open === 0
    ? met('conversations', 'Every conversation is resolved.')
    : byPeople('conversations', `${counted(open, 'conversation')} not resolved, and ${now.base.branch} wants all to be.`);
}

/** As the forge counts them: it dismisses stale ones itself, where its protection says so, and knows who owns the code. */
function forgeApprovals({ now }: GateFacts): Gate {
  const name = 'forge-approvals';
  if (now.approvalsRequired === 0 && now.reviewDecision === null)
    return notNeeded(name, `The protection of ${now.base.branch} asks for none.`);
  const by = now.reviews.filter((one) => isApproval(one, now.author)).map((one) => one.by);
  const because = `${by.length} of ${now.approvalsRequired} approvals that ${now.base.branch} asks for.`;
  if (by.length < now.approvalsRequired) return byPeople(name, because, by);
  if (now.reviewDecision !== 'review required') return met(name, because, by);
  const asked = now.alsoRequired.length === 0 ? '' : ` (${now.alsoRequired.join(', ')})`;
  return byPeople(name, `${now.base.branch} asks for more reviews than it has${asked}.`, by);
}

function approval(facts: GateFacts): Gate {
  const reason = whyPerson(facts);
  if (reason === undefined) return notNeeded('approval', 'The workspace merges what passes its gates without a person.');
  const approvals = approvalsOfHead(facts);
  return approvals.length > 0
    ? met('approval', reason, approvals)
    : byPeople('approval', `${reason} No person who may write has approved this head.`);
}

/** Why a person has to approve, or undefined. */
function whyPerson({ now, policy, classification, ours, escalated }: GateFacts): string | undefined {
  if (!policy.autoMerge) return 'The workspace merges nothing without a person.';
  if (!ours) return 'It was not made by a task of ours.';
  if (escalated !== null) return escalated;
  if (classification === null) return 'Nobody has classified it.';
  if (classification.riskLevel === 'Critical') return 'Its risk is critical.';
  const path = firstMatch(now.files, [...PERSON_PATHS, ...policy.personPaths]);
  return path === undefined ? undefined : `It changes ${path}.`;
}

/** Approvals by people of the very head, or of a commit with its tree. */
const approvalsOfHead = ({ now, approvals }: GateFacts): string[] => [
  ...now.reviews
    .filter((one) => isApproval(one, now.author) && !one.isBot && (one.commit === now.head || one.sameTree))
    .map(({ by, commit }) => `${by} approved ${short(commit)}`),
  ...approvals.map(({ by, commit }) => `${by} approved ${short(commit)} by command`),
];

const isApproval = (one: ForgeReview, author: string): boolean => one.state === 'approved' && one.mayWrite && one.by !== author;

const newest = ({ checks: all, now }: GateFacts, kind: CheckKind): Check | undefined =>
  all.findLast((check) => check.kind === kind && check.tree === now.tree);

const names = (all: readonly { readonly name: string }[]): string => all.map(({ name }) => name).join(', ');
const counted = (number: number, what: string): string => (number === 1 ? `1 ${what} is` : `${number} ${what}s are`);
const short = (commit: string): string => commit.slice(0, 12);
