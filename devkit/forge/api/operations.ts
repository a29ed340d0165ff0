// Every operation that the forge handles. What is not here is answered 501, by name.
import type { Operation } from '../http/operation.ts';
import { repositoryOperations } from './repositories.ts';
import { userOperations } from './users.ts';

export const operations: readonly Operation[] = [...userOperations, ...repositoryOperations];
