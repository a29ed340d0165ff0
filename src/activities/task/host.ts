// What a task does where its worktree is: prepare sessions, commit what they leave, push.
import { taskBranch, taskId, type HostEffect, type TaskHostActivities, type TaskRef } from '../../contracts/task.ts';
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';
import { toMailBody } from '../../contracts/mail-body.ts';
import type { SessionSpec } from '../../contracts/session.ts';
import { BASE, gitLine, type GitHost, type Worktree } from '../../git/command.ts';
import { commitFiles } from '../../git/commit.ts';
import { fetchMirror, remoteBranch, type Remote } from '../../git/mirror.ts';
import { pushBranch } from '../../git/push.ts';
import { createWorktree, findWorktree } from '../../git/worktree.ts';
import type { Store } from '../../store/store.ts';
import type { Effect } from '../effects/effect.ts';
import type { Once } from '../effects/once.ts';
import type { Forge } from '../forge/client.ts';
import { putSpec } from '../session/spec.ts';

export interface TaskHostDeps {
  readonly store: Store;
  readonly once: Once;
  readonly forge: Forge;
  readonly git: GitHost;
  /** For git over HTTP. */
  readonly token: string | undefined;
  readonly model: SessionSpec['model'];
  readonly limits: SessionSpec['limits'];
}

const DEADLINE_MS = 60_000;
const AUTHOR = { name: 'Signalbox', email: 'signalbox@localhost' };
const SYSTEM = 'You are a coding agent. Work in the worktree with your tools until the issue is solved, then say what you did.';

export function createTaskHostActivities({ store, once, forge, git, token, model, limits }: TaskHostDeps): TaskHostActivities {
  return {
    async prepareSession({ task, key }) {
      const { owner, repo, issue } = task;
      const [{ remote, defaultBranch }, { data: source }] = await Promise.all([
        remoteOf(task),
        forge().rest.issues.get({ owner, repo, issue_number: issue }),
      ]);
      const { mirror } = await fetchMirror(git, remote);
      const base = await remoteBranch(git, remote, defaultBranch);
      if (base === null) throw new Error(`${owner}/${repo} has no branch ${defaultBranch}.`);
      const { directory } = await createWorktree(git, { id: taskId(task), mirror, base, branch: taskBranch(task) });

      const mail = await store.mail.take({ address: taskId(task) });
      const words = mail.map(({ from, body }) => `\n\nFrom ${from}: ${toMailBody(body).text}`).join('');
      const prompt = `${source.title}\n\n${source.body ?? ''}${words}`;
      const spec = await putSpec(store, { model, system: SYSTEM, prompt, worktree: directory, limits });
      await store.mail.acted({ mail: mail.map(({ id }) => id), by: `${taskId(task)}/${key}` });
      return spec;
    },

    async actOnHost({ task, rule, action }) {
      const worktree = await findWorktree(git, taskId(task));
      if (worktree === undefined) throw new Error(`The worktree of ${taskId(task)} is not on this host.`);
      await once(action.key, await effectOf(task, worktree, action, { askedBy: taskId(task), rule }));
    },
  };

  async function remoteOf({ owner, repo }: TaskRef): Promise<{ remote: Remote; defaultBranch: string }> {
    const { data } = await forge().rest.repos.get({ owner, repo });
    return { remote: { url: data.clone_url, ...(token === undefined ? {} : { token }) }, defaultBranch: data.default_branch };
  }

  async function effectOf(task: TaskRef, worktree: Worktree, action: HostEffect, cause: Cause): Promise<Effect<{ commit: string }>> {
    const common = { kind: `task.${action.kind}`, target: { worktree: taskId(task) }, cause, deadlineMs: DEADLINE_MS };
    if (action.kind === 'commit') return { ...common, class: 'convergent', act: () => commit(worktree, task, action.at) };

    const { remote } = await remoteOf(task);
    const branch = taskBranch(task);
    const { commit: wanted, expected } = action;
    return {
      ...common,
      class: 'guarded',
      probe: async () => ((await remoteBranch(git, remote, branch)) === wanted ? { commit: wanted } : undefined),
      async act() {
        const outcome = await pushBranch(git, worktree, { remote, branch, commit: wanted, expected });
        if (outcome.kind === 'pushed') return { state: 'done', result: { commit: wanted } };
        const because = outcome.kind === 'refused' ? outcome.problem : `somebody moved ${branch} to ${outcome.actual ?? 'nothing'}`;
        return { state: 'refused', because };
      },
    };
  }

  /** The same changes at the same time are the same commit, so doing it again finds it made. */
  async function commit(worktree: Worktree, task: TaskRef, at: number): Promise<EffectOutcome<{ commit: string }>> {
    const parent = await gitLine(git, worktree, ['rev-parse', BASE], { access: 'read' });
    const outcome = await commitFiles(git, worktree, { parent, message: `Resolve #${task.issue}`, author: AUTHOR, at });
    return outcome.kind === 'committed'
      ? { state: 'done', result: { commit: outcome.commit } }
      : { state: 'refused', because: outcome.problem };
  }
}
