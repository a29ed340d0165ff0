// Check suites over the API: one an app and commit.
import { rerun } from '../ci/runs.ts';
import { appOf } from '../domain/apps.ts';
import { rerequestSuite } from '../domain/checks.ts';
import { acting, listing, reading, type Operation } from '../http/operation.ts';
import { page } from '../http/pagination.ts';
import { created, notFound, ok, unprocessable } from '../http/reply.ts';
import type { CheckSuite } from '../state/ci-records.ts';
import type { Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { commitToCheck, suiteOf } from './check-runs.ts';
import { presentCheckSuite } from './present/checks.ts';

export const checkSuiteOperations: Operation[] = [
  acting('checks/create-suite', 'write', async ({ forge, actor, repository, body }) => {
    const headCommit = await commitToCheck(forge, repository, body.head_sha);
    const { suite, isNew } = forge.state.transaction((transaction) => {
      const known = transaction.select('checkSuite', 'commit', `${repository.id}/${headCommit.sha}`);
      const suite = suiteOf(forge, transaction, repository, actor, headCommit);
      return { suite, isNew: !known.some(({ id }) => id === suite.id) };
    });
    const view = presentCheckSuite(forge, forge.state, repository, suite);
    return isNew ? created(view) : ok(view);
  }),
  reading('checks/get-suite', ({ forge, state, repository, params }) =>
    ok(presentCheckSuite(forge, state, repository, needSuite(state, repository, params.check_suite_id))),
  ),
  listing('checks/list-suites-for-ref', async (call) => {
    const { forge, state, repository, params, query } = call;
    const sha = await forge.git(repository).commit(params.ref);
    if (sha === undefined) throw unprocessable(`No commit found for SHA: ${params.ref}`);
    const suites = state
      .select('checkSuite', 'commit', `${repository.id}/${sha}`)
      .filter((suite) => query.app_id === undefined || appOf(suite.app).id === query.app_id)
      .filter(({ id }) => query.check_name === undefined || hasRun(state, id, query.check_name));
    return page(call, suites, (shown) => ({
      total_count: suites.length,
      check_suites: shown.map((suite) => presentCheckSuite(forge, state, repository, suite)),
    }));
  }),
  acting('checks/rerequest-suite', 'write', ({ forge, actor, repository, params }) => {
    forge.state.transaction((transaction) => {
      const suite = needSuite(transaction, repository, params.check_suite_id);
      const [run] = transaction.select('workflowRun', 'suite', suite.id);
      if (run !== undefined) {
        const refusal = rerun(forge, transaction, run.id, actor, 'all');
        if (refusal !== undefined) throw unprocessable(`This check suite is not rerequestable: its workflow run ${refusal}.`);
        return;
      }
      rerequestSuite(forge, transaction, repository, actor, suite);
    });
    return created({});
  }),
];

const hasRun = (state: Reader, suiteId: number, name: string): boolean =>
  state.select('checkRun', 'suite', suiteId).some((run) => run.name === name);

function needSuite(state: Reader, repository: Repository, id: number): CheckSuite {
  const suite = state.get('checkSuite', id);
  if (suite?.repositoryId !== repository.id) throw notFound();
  return suite;
}
