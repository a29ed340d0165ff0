// Auto-merge and merge queues as their users see them: switched on by GraphQL, watched by refs, effects and the API.
import { ask, dig } from './graphql-support.ts';
import { eventually } from './harness.ts';
import type { PullView, Workbench } from './pull-request-support.ts';

export const report = (bench: Workbench, sha: string, context: string, state: 'success' | 'failure'): Promise<unknown> =>
  bench.forge.as('writer').rest.repos.createCommitStatus({ ...bench.place, sha, context, state });
export const merged = (bench: Workbench, number: number): Promise<unknown> =>
  eventually(`#${number} to be merged`, async () => (await bench.pull(number)).merged);
export const mutate = (bench: Workbench, name: string, input: object, login = 'writer'): Promise<unknown> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  return bench.forge.as(login).graphql(`mutation($input: ${type}!) { ${name}(input: $input) { clientMutationId } }`, { input });
};
export const autoMerge = (bench: Workbench, { node_id }: PullView, more: object = {}): Promise<unknown> =>
  mutate(bench, 'enablePullRequestAutoMerge', { pullRequestId: node_id, ...more });
export const enqueue = (bench: Workbench, { node_id }: PullView): Promise<unknown> =>
  mutate(bench, 'enqueuePullRequest', { pullRequestId: node_id });

/** A merge queue on main that asks for the check `build`. */
export async function protectByQueue(bench: Workbench, parameters: object = {}): Promise<number> {
  const { data } = await bench.forge.as('owner').rest.repos.createRepoRuleset({
    ...bench.place,
    name: 'queue',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    rules: [
      {
        type: 'merge_queue',
        parameters: {
          check_response_timeout_minutes: 60,
          grouping_strategy: 'ALLGREEN',
          max_entries_to_build: 5,
          max_entries_to_merge: 5,
          merge_method: 'SQUASH',
          min_entries_to_merge: 1,
          min_entries_to_merge_wait_minutes: 0,
          ...parameters,
        },
      },
      {
        type: 'required_status_checks',
        parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context: 'build' }] },
      },
    ],
  });
  return data.id;
}

/** The queue's branches: number of the request, and the commit under test. */
export const groups = async (bench: Workbench): Promise<Map<number, string>> => {
  const refs = await bench.git('ls-remote', bench.forge.remote(bench.place, 'writer'), 'refs/heads/gh-readonly-queue/*');
  return new Map([...refs.matchAll(/^([0-9a-f]{40})\t.*\/pr-(\d+)-/gm)].map(([, sha = '', number]) => [Number(number), sha]));
};
/** The group of a request, once there is one other than `old`. */
export const groupOf = (bench: Workbench, number: number, old?: string): Promise<string> =>
  eventually(`a group of #${number}`, async () => {
    const sha = (await groups(bench)).get(number);
    return sha !== old && sha;
  });
/** Requests in the queue, in their order, and their state there. */
export const queue = async (bench: Workbench): Promise<unknown[]> => {
  const query = `query($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { mergeQueue {
    entries(first: 10) { nodes { position state pullRequest { number } } } } } }`;
  return dig(await ask(bench.forge, 'reader', query, bench.place), 'repository', 'mergeQueue', 'entries', 'nodes') as unknown[];
};
export const dequeued = async (bench: Workbench): Promise<unknown[]> =>
  (await bench.effects('pull_request.dequeued')).map(({ subject, details }) => [subject, details?.['reason']]);
export const parentsOf = async (bench: Workbench, sha: string): Promise<string> => {
  await bench.git('fetch', '-q', bench.forge.remote(bench.place, 'writer'), '+refs/heads/*:refs/remotes/origin/*');
  return bench.git('log', '-1', '--format=%P', sha);
};

/** Requests that are green and in the queue, in their order. */
export async function queued(bench: Workbench, parameters: object, ...branches: string[]): Promise<PullView[]> {
  const pulls: PullView[] = [];
  for (const branch of branches) pulls.push(await bench.open(branch));
  await protectByQueue(bench, parameters);
  for (const { head } of pulls) await report(bench, head.sha, 'build', 'success');
  for (const pull of pulls) await enqueue(bench, pull);
  return pulls;
}
