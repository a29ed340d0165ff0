// Every operation that the forge handles. What is not here is answered 501, by name.
import type { Operation } from '../http/operation.ts';
import { checkRunOperations } from './check-runs.ts';
import { checkSuiteOperations } from './check-suites.ts';
import { pullOperations } from './pulls.ts';
import { repositoryOperations } from './repositories.ts';
import { statusOperations } from './statuses.ts';
import { userOperations } from './users.ts';
import { webhookOperations } from './webhooks.ts';

export const operations: readonly Operation[] = [
  ...userOperations,
  ...repositoryOperations,
  ...checkRunOperations,
  ...checkSuiteOperations,
  ...statusOperations,
  ...pullOperations,
  ...webhookOperations,
];
