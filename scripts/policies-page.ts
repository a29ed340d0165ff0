// The page of all rules, made from them. A rule's action is what its `then` says, read from its own source: rules are data and words.
import { sessionPolicy } from '../src/policies/session.ts';
import { taskPolicy } from '../src/policies/task.ts';

interface Shown {
  readonly id: string;
  readonly when: unknown;
  readonly then: unknown;
}

const POLICIES: readonly { readonly name: string; readonly file: string; readonly about: string; readonly rules: readonly Shown[] }[] = [
  { name: 'Task', file: 'src/policies/task.ts', about: 'What to do about a task.', rules: taskPolicy.rules },
  {
    name: 'Session',
    file: 'src/policies/session.ts',
    about: 'Whether a session goes on, before and after each model call.',
    rules: sessionPolicy.rules,
  },
];

export const policiesPage = (): string =>
  [
    '# Policies\n',
    'Made by `node scripts/write-policies.ts` from the rules; do not edit. The first rule that applies decides.\n',
    ...POLICIES.flatMap(({ name, file, about, rules }) => [
      `## ${name}\n`,
      `${about} \`${file}\`\n`,
      '| | rule | action |',
      '|---|---|---|',
      ...rules.map(({ id, then }, index) => `| ${index + 1} | \`${id}\` | ${actionOf(then)} |`),
      '',
    ]),
  ].join('\n');

/** The kind of action, and for whom a wait is or how an end is. */
function actionOf(then: unknown): string {
  const source = String(then);
  const value = (name: string): string | undefined => new RegExp(`${name}: ['"]([^'"]+)['"]`).exec(source)?.[1];
  const kind = value('kind') ?? 'unknown';
  const more = value('forWhom') ?? value('outcome');
  return more === undefined ? kind : `${kind} (${more})`;
}
