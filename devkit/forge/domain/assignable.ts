// Who can be given an issue: the owner and the collaborators of its repository.
import type { Repository, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { roleOf } from './permissions.ts';

/** GitHub's limit on the assignees of one issue. */
export const MOST_ASSIGNEES = 10;

export const assignableUsers = (state: Reader, repository: Repository): User[] => [
  state.need('user', repository.ownerId),
  ...state
    .select('collaborator', 'repository', repository.id)
    .filter(({ accepted }) => accepted)
    .map(({ userId }) => state.need('user', userId)),
];

/** The person of this login, if the issues of the repository can be given to them. */
export function assignable(state: Reader, repository: Repository, login: string): User | undefined {
  const user = state.first('user', 'login', login.toLowerCase());
  return user !== undefined && roleOf(state, repository, user) !== null ? user : undefined;
}
