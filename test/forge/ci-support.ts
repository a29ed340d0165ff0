// What tests of CI have in common: a repository with workflow files, pushes to it, and waiting for what comes of them.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Octokit } from 'octokit';
import { eventually, git, type TestForge } from './harness.ts';

export interface CiRepository {
  readonly owner: string;
  readonly repo: string;
  readonly clone: string;
}

export type Run = Awaited<ReturnType<Octokit['rest']['actions']['getWorkflowRun']>>['data'];
export type Job = Awaited<ReturnType<Octokit['rest']['actions']['getJobForWorkflowRun']>>['data'];

/** A repository, and a clone of it as `writer`, which goes with the data of the forge. */
export async function cloned(forge: TestForge): Promise<CiRepository> {
  const repository = await forge.repository();
  const folder = path.join(forge.dataDirectory, 'clones');
  mkdirSync(folder, { recursive: true });
  const clone = path.join(folder, repository.repo);
  await git(folder, 'clone', '-q', forge.remote(repository, 'writer'), clone);
  return { ...repository, clone };
}

/** Commits files and pushes them; returns the commit. */
export async function push(
  { clone }: CiRepository,
  files: Readonly<Record<string, string>>,
  { branch = 'main', message = 'Change' }: { branch?: string; message?: string } = {},
): Promise<string> {
  const known = (await git(clone, 'branch', '--list', branch)) !== '';
  await git(clone, 'checkout', '-q', ...(known ? [branch] : ['-b', branch]));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(clone, file)), { recursive: true });
    writeFileSync(path.join(clone, file), content);
  }
  await git(clone, 'add', '-A');
  await git(clone, 'commit', '-qm', message);
  await git(clone, 'push', '-q', 'origin', branch);
  return git(clone, 'rev-parse', 'HEAD');
}

/** A workflow file with these jobs (YAML, indented by two), on pushes unless said otherwise. */
export const workflow = (jobs: string, head = 'on: push'): Record<string, string> => ({
  '.github/workflows/ci.yml': `name: CI\n${head}\njobs:\n${jobs}`,
});

/** A job of commands alone. */
export const job = (key: string, ...commands: string[]): string =>
  `  ${key}:\n    runs-on: ubuntu-latest\n    steps:\n${commands.map((command) => `      - run: |\n${command.replace(/^/gm, '          ')}\n`).join('')}`;

const place = ({ owner, repo }: CiRepository): { owner: string; repo: string } => ({ owner, repo });

/** The runs at a commit, the newest first. */
export async function runsAt(forge: TestForge, repository: CiRepository, sha: string): Promise<Run[]> {
  const { data } = await forge.as('reader').rest.actions.listWorkflowRunsForRepo({ ...place(repository), head_sha: sha });
  return data.workflow_runs;
}

/** The one run at a commit, once it (in its newest attempt) has ended. */
export async function ended(forge: TestForge, repository: CiRepository, sha: string, attempt = 1): Promise<Run> {
  return eventually(
    `the run at ${sha} to end`,
    async () => (await runsAt(forge, repository, sha)).find((run) => run.status === 'completed' && run.run_attempt === attempt),
    25_000,
  );
}

export async function jobsOf(forge: TestForge, repository: CiRepository, run: { id: number }): Promise<Job[]> {
  const { data } = await forge.as('reader').rest.actions.listJobsForWorkflowRun({ ...place(repository), run_id: run.id });
  return data.jobs;
}

/** Pushes a workflow, waits for its run, and returns it with its jobs. */
export async function pushed(
  forge: TestForge,
  repository: CiRepository,
  files: Readonly<Record<string, string>>,
): Promise<{ sha: string; run: Run; jobs: Job[] }> {
  const sha = await push(repository, files);
  const run = await ended(forge, repository, sha);
  return { sha, run, jobs: await jobsOf(forge, repository, run) };
}

export async function logOf(forge: TestForge, repository: CiRepository, of: { id: number }): Promise<string> {
  const { data } = await forge.as('reader').rest.actions.downloadJobLogsForWorkflowRun({ ...place(repository), job_id: of.id });
  return data as string;
}
