// `signalbox run --issue owner/repo#12`: refuses early what can't be worked on, then starts the task, or finds the one that runs.
import { setTimeout as sleep } from 'node:timers/promises';
import { createForge, isUnavailable, statusOf } from '../../activities/forge/client.ts';
import { sourceOf, taskId, type TaskRef } from '../../contracts/task.ts';
import { startTask } from '../start-task.ts';
import { withDoors, type Doors } from './doors.ts';
import { EXIT } from './exit-codes.ts';
import { dim, note, print, printJson } from './output.ts';
import { Problem } from './problem.ts';

const LOOK_EVERY_MS = 300;

export async function run(options: { json?: true; issue: string; workspace: string; wait?: true }): Promise<void> {
  const { owner, repo, issue } = parseIssue(options.issue);
  await withDoors(async (doors) => {
    await checkIssue(doors, owner, repo, issue);
    const source = { workspace: options.workspace, source: sourceOf({ owner, repo, issue }) };
    const { state, generation } = await doors.store.sources.begin(source);
    const task: TaskRef = { workspace: options.workspace, owner, repo, issue, generation };
    const handle = await startTask(doors, task, doors.config.host);
    const id = taskId(task);
    if (options.wait !== true) {
      if (options.json === true) return printJson({ task: id, state: state === 'began' ? 'started' : 'running' });
      print(state === 'began' ? `Started ${id}` : `${id} works on it already.`);
      return print(dim(`Next: signalbox logs ${id} --follow`));
    }
    const [outcome] = await Promise.all([handle.result(), tellDecisions(doors, id)]);
    if (options.json === true) return printJson({ task: id, ...outcome });
    print(outcome.outcome === 'delivered' ? `Pull request #${outcome.request} is open.` : 'The issue was closed: nothing to do.');
  });
}

function parseIssue(text: string): { owner: string; repo: string; issue: number } {
  const [, owner, repo, number] = /^([\w.-]+)\/([\w.-]+)#(\d{1,9})$/.exec(text) ?? [];
  if (owner === undefined || repo === undefined || number === undefined)
    throw new Problem(`${JSON.stringify(text)} names no issue; it is written owner/repo#12.`);
  return { owner, repo, issue: Number(number) };
}

async function checkIssue({ config }: Doors, owner: string, repo: string, issue: number): Promise<void> {
  if (config.github.token === undefined)
    throw new Problem('GITHUB_TOKEN is not set: it has to be a token that may push to the repository.');
  const { rest } = createForge(config.github)();
  try {
    const { data } = await rest.repos.get({ owner, repo });
    if (data.permissions?.push !== true)
      throw new Problem(`The token may not push to ${owner}/${repo}: Signalbox could not open a request.`);
    const found = await rest.issues.get({ owner, repo, issue_number: issue });
    if (found.data.state === 'closed') throw new Problem(`${owner}/${repo}#${issue} is closed. Reopen it to have it worked on.`);
  } catch (error) {
    const status = statusOf(error);
    if (status === 401) throw new Problem(`${config.github.apiUrl} does not accept GITHUB_TOKEN: it is wrong or has expired.`);
    if (status === 404) throw new Problem(`${config.github.apiUrl} shows no ${owner}/${repo}#${issue} to this token.`, EXIT.unknown);
    if (isUnavailable(error))
      throw new Problem(`${config.github.apiUrl} does not answer (GITHUB_API_URL): ${(error as Error).message}.`, EXIT.unavailable);
    throw error;
  }
}

/** Prints each decision as it is made, on standard error, until the task has ended. */
async function tellDecisions({ client, store }: Doors, id: string): Promise<void> {
  for (let after = 0; ;) {
    const isOver = (await client.workflow.getHandle(id).describe()).status.name !== 'RUNNING';
    for (const { seq, because, rule } of await store.decisions.trace({ workflow: id, after, limit: 100 })) {
      note(`${because} ${dim(rule)}`);
      after = seq;
    }
    if (isOver) return;
    await sleep(LOOK_EVERY_MS);
  }
}
