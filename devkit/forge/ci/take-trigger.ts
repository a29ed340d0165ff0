// Takes in an event that CI has yet to look at: reads the workflow files of its commit and, in one transaction, removes the trigger and
// begins the runs. A forge that dies before that transaction finds the trigger again.
import { settleMergeability } from '../domain/trial-merges.ts';
import type { Forge } from '../forge.ts';
import { readCommit, type Commit } from '../git/commit.ts';
import { readBlob } from '../git/file-contents.ts';
import { NO_SHA, type GitRepository } from '../git/repository.ts';
import { entriesAt } from '../git/tree.ts';
import type { CiTrigger } from '../state/ci-records.ts';
import type { PullRequest, Repository } from '../state/records.ts';
import { MOST_BYTES, parseWorkflow } from './parse-workflow.ts';
import { reacts, type Happening } from './reacts.ts';
import { beginRun, registered, titleOf, type Occasion } from './runs.ts';

const FOLDER = '.github/workflows/';

export interface WorkflowFile {
  readonly path: string;
  /** Null for one that is larger than a workflow may be. */
  readonly source: string | null;
}

/** How soon to look again for the trial merge of a pull request. */
const TRIAL_MS = 200;

export async function takeTrigger(forge: Forge, trigger: CiTrigger): Promise<void> {
  if (await waitsForTrial(forge, trigger)) {
    forge.state.transaction((transaction) => transaction.change('ciTrigger', trigger.id, { dueAt: Date.now() + TRIAL_MS }));
    return;
  }
  const repository = forge.state.get('repository', trigger.repositoryId);
  const found = repository === undefined ? undefined : await look(forge, repository, trigger);
  forge.state.transaction((transaction) => {
    if (transaction.get('ciTrigger', trigger.id) === undefined) return;
    transaction.remove('ciTrigger', trigger.id);
    const current = transaction.get('repository', trigger.repositoryId);
    if (found === undefined || current === undefined) return;
    for (const { path, name } of found.registers) registered(transaction, current, path, name);
    for (const { path, source } of found.files) beginRun(forge, transaction, current, found.occasion, path, source);
  });
}

/** The runs of a pull request check out its merge with the base, so they begin once that was tried. */
async function waitsForTrial(forge: Forge, { event, pullRequestId }: CiTrigger): Promise<boolean> {
  const pull = event !== 'pull_request' || pullRequestId === null ? undefined : forge.state.get('pullRequest', pullRequestId);
  if (pull === undefined) return false;
  await settleMergeability(forge, pull);
  return forge.trialsUnderWay.has(pull.id);
}

interface Found {
  readonly occasion: Occasion;
  /** The files that react to the event. */
  readonly files: readonly WorkflowFile[];
  /** The workflows of the default branch are listed, whether they run now or not. */
  readonly registers: readonly { readonly path: string; readonly name: string }[];
}

/** Undefined if the commit of the event is gone. */
async function look(forge: Forge, repository: Repository, trigger: CiTrigger): Promise<Found | undefined> {
  const git = forge.git(repository);
  // An annotated tag is an object of its own, that names the commit.
  const head = await git.resolve(`${trigger.sha}^{commit}`);
  const headCommit = head === undefined ? undefined : await readCommit(git, head);
  if (headCommit === undefined) return undefined;
  const pull = trigger.pullRequestId === null ? undefined : forge.state.get('pullRequest', trigger.pullRequestId);
  const sha = trigger.event === 'pull_request' && pull !== undefined ? await mergeOf(git, pull, trigger.sha) : headCommit.sha;
  const happening = happeningOf(git, repository, trigger, pull);
  const files: WorkflowFile[] = [];
  const registers: { path: string; name: string }[] = [];
  for (const file of await workflowFiles(git, sha)) {
    if (trigger.workflowPath !== null && trigger.workflowPath !== file.path) continue;
    const parsed = parseWorkflow(file.source);
    const name = parsed.ok ? (parsed.workflow.name ?? file.path) : file.path;
    if (trigger.ref === `refs/heads/${repository.defaultBranch}`) registers.push({ path: file.path, name });
    // A file of which not even `on` can be read fails at every push, as on GitHub.
    const on = parsed.ok ? parsed.workflow.on : parsed.on;
    const isMeant = on === undefined ? trigger.event === 'push' : await reacts(on, happening);
    if (isMeant) files.push(file);
  }
  return { occasion: occasionOf(forge, repository, trigger, pull, headCommit, sha), files, registers };
}

function occasionOf(
  forge: Forge,
  repository: Repository,
  trigger: CiTrigger,
  pull: PullRequest | undefined,
  headCommit: Commit,
  sha: string,
): Occasion {
  const issue = pull === undefined ? undefined : forge.state.need('issue', pull.issueId);
  const forPull = trigger.event === 'pull_request' ? pull : undefined;
  return {
    event: trigger.event,
    payload: payloadOf(forge, trigger, pull),
    headBranch: forPull?.headRef ?? trigger.ref.replace(/^refs\/(heads|tags)\//, ''),
    headSha: headCommit.sha,
    headCommit,
    headRepositoryId: forPull?.headRepositoryId ?? repository.id,
    baseRef: forPull?.baseRef ?? null,
    ref: forPull === undefined ? trigger.ref : `refs/pull/${forPull.number}/merge`,
    sha,
    inputs: trigger.inputs,
    actorId: trigger.actorId,
    beforeSha: trigger.beforeSha === NO_SHA ? null : trigger.beforeSha,
    title: (forPull === undefined ? undefined : issue?.title) ?? titleOf(headCommit),
  };
}

/** What `${{ github.event }}` says, as far as workflows ask for it (README.md). */
function payloadOf(forge: Forge, trigger: CiTrigger, pull: PullRequest | undefined): Record<string, unknown> {
  switch (trigger.event) {
    case 'push':
      return { ref: trigger.ref, before: trigger.beforeSha ?? NO_SHA, after: trigger.sha };
    case 'workflow_dispatch':
      return { ref: trigger.ref, inputs: trigger.inputs, workflow: trigger.workflowPath };
    case 'merge_group':
      return {
        action: trigger.action,
        merge_group: {
          head_sha: trigger.sha,
          head_ref: trigger.ref,
          base_sha: trigger.beforeSha,
          base_ref: `refs/heads/${baseOf(trigger, pull)}`,
        },
      };
    case 'pull_request': {
      if (pull === undefined) return { action: trigger.action };
      const issue = forge.state.need('issue', pull.issueId);
      return {
        action: trigger.action,
        number: pull.number,
        pull_request: {
          id: pull.id,
          number: pull.number,
          title: issue.title,
          body: issue.body,
          draft: pull.draft,
          state: issue.state,
          merged: pull.mergedAt !== null,
          user: { login: forge.state.need('user', issue.authorId).login },
          head: { ref: pull.headRef, sha: trigger.sha },
          base: { ref: pull.baseRef, sha: pull.baseSha },
          labels: issue.labelIds.map((id) => ({ name: forge.state.get('label', id)?.name })),
        },
      };
    }
  }
}

function happeningOf(git: GitRepository, repository: Repository, trigger: CiTrigger, pull: PullRequest | undefined): Happening {
  const base = trigger.event === 'push' || trigger.event === 'workflow_dispatch' ? undefined : `refs/heads/${baseOf(trigger, pull)}`;
  return {
    event: trigger.event,
    action: trigger.action,
    ref: base ?? trigger.ref,
    changedFiles: async () => {
      const isNew = trigger.beforeSha === null || trigger.beforeSha === NO_SHA;
      const from =
        pull === undefined && !isNew
          ? trigger.beforeSha
          : await git.mergeBase(pull?.baseSha ?? `refs/heads/${repository.defaultBranch}`, trigger.sha);
      // A first push has nothing to be compared with: all its files are new.
      const args =
        from === undefined || from === trigger.sha
          ? ['ls-tree', '-r', '-z', '--name-only', trigger.sha]
          : ['diff', '--name-only', '--no-renames', '-z', from, trigger.sha];
      return (await git.run(args)).split('\0').filter((file) => file !== '');
    },
  };
}

/** The branch that a pull request or a merge group is to go to; the queue's refs name it: gh-readonly-queue/<base>/pr-7-<sha>. */
const baseOf = (trigger: CiTrigger, pull: PullRequest | undefined): string =>
  pull?.baseRef ?? trigger.ref.replace(/^refs\/heads\/gh-readonly-queue\//, '').replace(/\/pr-[^/]*$/, '');

/** The merge of a pull request with its base, if there is one of this very head. */
async function mergeOf(git: GitRepository, pull: PullRequest, headSha: string): Promise<string> {
  const merge = await git.resolve(`refs/pull/${pull.number}/merge^{commit}`);
  const commit = merge === undefined ? undefined : await readCommit(git, merge);
  return commit?.parents[1] === headSha ? commit.sha : headSha;
}

/** The workflow files of a commit. Links and other oddities are no files. */
export async function workflowFiles(git: GitRepository, sha: string): Promise<WorkflowFile[]> {
  const files: WorkflowFile[] = [];
  for (const { mode, sha: object, path: name } of (await entriesAt(git, sha, FOLDER.replace(/\/$/, ''))) ?? []) {
    if (!mode.startsWith('100') || !/\.ya?ml$/.test(name)) continue;
    const path = `${FOLDER}${name}`;
    const isTooLarge = ((await git.info(object))?.size ?? 0) > MOST_BYTES;
    files.push({ path, source: isTooLarge ? null : Buffer.from(await readBlob(git, object)).toString('utf8') });
  }
  return files;
}
