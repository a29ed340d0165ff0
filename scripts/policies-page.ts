// The page of all rules, made from them. A rule's action is what its `then` says, read from its own source: rules are data and words.
import { mergeRequestPolicy } from '../src/policies/merge-request.ts';
import { withStatus } from '../src/policies/merge-request-status.ts';
import { mergeLanePolicy } from '../src/policies/merge-lane.ts';
import { pollPolicy } from '../src/policies/poll.ts';
import { readyPolicy } from '../src/policies/ready.ts';
import { refusedPolicy } from '../src/policies/refusal.ts';
import { reviewPolicy } from '../src/policies/review.ts';
import { sentencesOf } from './rule-sentences.ts';
import { sessionPolicy } from '../src/policies/session.ts';
import { taskPolicy } from '../src/policies/task.ts';

interface Shown {
  readonly id: string;
  readonly when: unknown;
  readonly then: unknown;
}

const POLICIES: readonly { readonly name: string; readonly file: string; readonly about: string; readonly rules: readonly Shown[] }[] = [
  { name: 'Task', file: 'src/policies/task.ts', about: 'What to do about a task.', rules: taskPolicy.rules },
  { name: 'Review', file: 'src/policies/review.ts', about: 'How a review goes on.', rules: reviewPolicy.rules },
  {
    name: 'Merge request',
    file: 'src/policies/merge-request.ts',
    about: 'What to do about a merge request.',
    rules: withStatus(mergeRequestPolicy).rules,
  },
  {
    name: 'Refused',
    file: 'src/policies/refusal.ts',
    about: 'What the owner of a request does while the forge refuses what only a person can allow.',
    rules: refusedPolicy.rules,
  },
  {
    name: 'Session',
    file: 'src/policies/session.ts',
    about: 'Whether a session goes on, before and after each model call.',
    rules: sessionPolicy.rules,
  },
  {
    name: 'Merge lane',
    file: 'src/policies/merge-lane.ts',
    about: 'What a repository’s merge lane does about the wish before it. The gates are in `src/policies/gates.ts`.',
    rules: mergeLanePolicy.rules,
  },
  {
    name: 'Ready',
    file: 'src/policies/ready.ts',
    about: 'Whether an issue that carries the label `signalbox:ready` is worked on now.',
    rules: readyPolicy.rules,
  },
  { name: 'Poll', file: 'src/policies/poll.ts', about: 'When a repository is asked for again.', rules: pollPolicy.rules },
];

export const policiesPage = (): string =>
  [
    '# Policies\n',
    'Made by `node scripts/write-policies.ts` from the rules; do not edit. The first rule that applies decides, and says why: … stands for facts.\n',
    ...POLICIES.flatMap(({ name, file, about, rules }) => [
      `## ${name}\n`,
      `${about} \`${file}\`\n`,
      '| | rule | because | action |',
      '|---|---|---|---|',
      ...rows(file, rules),
      '',
    ]),
  ].join('\n');

function rows(file: string, rules: readonly Shown[]): string[] {
  const sentences = sentencesOf(file);
  return rules.map(({ id, then }, index) => {
    const because = sentences.get(id)?.replaceAll('|', '\\|') ?? '';
    return `| ${index + 1} | \`${id}\` | ${because === '' ? 'what the facts themselves say' : because} | ${actionOf(then)} |`;
  });
}

/** The kind of action, and for whom a wait is or how an end is. */
function actionOf(then: unknown): string {
  const source = String(then);
  const value = (name: string): string | undefined => new RegExp(`${name}: ['"]([^'"]+)['"]`).exec(source)?.[1];
  const kind = value('kind') ?? /=>\s*(ask|end)\w*\(/.exec(source)?.[1] ?? 'unknown';
  const more = value('forWhom') ?? value('outcome');
  return more === undefined ? kind : `${kind} (${more})`;
}
