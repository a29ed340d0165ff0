// What a request says about an issue, turned into what it means: title, labels, people, milestone. Refuses what names nothing.
import { assignable, MOST_ASSIGNEES } from '../domain/assignable.ts';
import type { Scene } from '../domain/scene.ts';
import { labelsNamed } from '../domain/labels.ts';
import { invalid, notFound, unprocessable } from '../http/reply.ts';
import type { Issue, Label, Milestone, Repository, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';

const LONGEST_TITLE = 256;
const LONGEST_BODY = 65_536;

export function issueOf(state: Reader, repository: Repository, number: number): Issue {
  const issue = state.first('issue', 'number', `${repository.id}/${number}`);
  if (issue === undefined) throw notFound();
  return issue;
}

export function titleIn(wish: string | number): string {
  const title = String(wish).trim();
  if (title === '') throw invalid({ resource: 'Issue', field: 'title', code: 'missing_field' });
  if (title.length > LONGEST_TITLE)
    throw invalid({
      resource: 'Issue',
      field: 'title',
      code: 'custom',
      message: `title is too long (maximum is ${LONGEST_TITLE} characters)`,
    });
  return title;
}

/** The text of an issue or a comment; an empty one of an issue is none. */
export function checkText(resource: 'Issue' | 'IssueComment', text: string): void {
  if (text.length > LONGEST_BODY)
    throw invalid({ resource, field: 'body', code: 'custom', message: `body is too long (maximum is ${LONGEST_BODY} characters)` });
  if (resource === 'IssueComment' && text.trim() === '') throw invalid({ resource, field: 'body', code: 'missing_field' });
}

export type NamedLabel = string | { readonly name?: string };

export const labelsIn = (scene: Scene, repository: Repository, wish: readonly NamedLabel[]): Label[] =>
  labelsNamed(
    scene,
    repository,
    wish.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
  );

type NamedUser = string | { readonly login?: string };

export const loginsIn = (wish: readonly NamedUser[]): string[] =>
  wish.map((user) => (typeof user === 'string' ? user : (user.login ?? ''))).filter((login) => login !== '');

export function assigneesIn(state: Reader, repository: Repository, logins: readonly string[]): User[] {
  if (logins.length > MOST_ASSIGNEES) throw unprocessable(`An issue has at most ${MOST_ASSIGNEES} assignees.`);
  return logins.map((login) => {
    const user = assignable(state, repository, login);
    if (user === undefined) throw invalid({ resource: 'Issue', field: 'assignees', code: 'invalid', value: login });
    return user;
  });
}

/** @param wish the number of a milestone, as GitHub takes it also in a string */
export function milestoneIn(state: Reader, repository: Repository, wish: string | number | null): Milestone | null {
  if (wish === null || wish === '') return null;
  const milestone = findMilestone(state, repository, Number(wish));
  if (milestone === undefined) throw invalid({ resource: 'Issue', field: 'milestone', code: 'invalid', value: wish });
  return milestone;
}

export const findMilestone = (state: Reader, repository: Repository, number: number): Milestone | undefined =>
  state.select('milestone', 'repository', repository.id).find((milestone) => milestone.number === number);

/** GitHub knows types and fields of issues in organisations; the forge has none and says so instead of dropping them. */
export function refuseUnknownFields(body: Readonly<Record<string, unknown>>): void {
  const unknown = ['type', 'issue_field_values'].find((key) => body[key] !== undefined);
  if (unknown !== undefined) throw unprocessable(`The forge has no ${unknown} for issues: leave "${unknown}" out.`);
}
