// What a text says about other issues of its repository: which it mentions (`#7`), and which it closes once merged (`Fixes #7`).
import type { Issue, Repository, User } from '../state/records.ts';
import type { Reader, Transaction } from '../state/state.ts';
import { recordIssueEvent } from './issue-events.ts';

/** Code is no place for a mention. */
const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;
const MENTION = /(?<![\w/&#-])#(\d{1,9})\b/g;
const PERSON = /(?<![\w/.-])@([a-z0-9-]+(?:\[bot\])?)/gi;
const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d{1,9})\b/gi;

/** Issues and pull requests of the repository that a text mentions, each once. */
export const mentionedIn = (state: Reader, repository: Repository, text: string): Issue[] => found(state, repository, text, MENTION);

/** Those that it closes when the pull request or the commit with this text is merged into the default branch. */
export const closedBy = (state: Reader, repository: Repository, text: string): Issue[] =>
  found(state, repository, text, CLOSING).filter(({ pullRequestId }) => pullRequestId === null);

/** Writes into the timelines of the issues that `text`, written at `source`, mentions that it does. A second mention says nothing new. */
export function recordMentions(transaction: Transaction, source: Issue, actor: User, text: string | null): void {
  const repository = transaction.need('repository', source.repositoryId);
  for (const issue of mentionedIn(transaction, repository, text ?? '')) {
    const isKnown = transaction
      .select('issueEvent', 'issue', issue.id)
      .some(({ event, details }) => event === 'cross-referenced' && details['sourceIssueId'] === source.id);
    if (issue.id !== source.id && !isKnown)
      recordIssueEvent(transaction, { issue, actor, event: 'cross-referenced', details: { sourceIssueId: source.id } });
  }
}

/** Whether the issue, or a comment on it, calls a person by name (`@login`). */
export function mentionsPerson(state: Reader, issue: Issue, user: User): boolean {
  const texts = [issue.body ?? '', ...state.select('comment', 'issue', issue.id).map(({ body }) => body)];
  const login = user.login.toLowerCase();
  return texts.some((text) => [...text.replace(CODE, ' ').matchAll(PERSON)].some(([, called]) => called?.toLowerCase() === login));
}

function found(state: Reader, repository: Repository, text: string, pattern: RegExp): Issue[] {
  const numbers = [...text.replace(CODE, ' ').matchAll(pattern)].map(([, number]) => Number(number));
  return [...new Set(numbers)].flatMap((number) => state.first('issue', 'number', `${repository.id}/${number}`) ?? []);
}
