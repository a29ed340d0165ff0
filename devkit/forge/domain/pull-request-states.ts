// The states of a pull request and how it comes into them: draft and ready, closed, another base. Each function does it once: what is
// already so is left as it is. Opening: open-pull-request.ts; reopening, which asks git: reopen-pull-request.ts.
import type { Forge } from '../forge.ts';
import type { ChangeSize, PullRequest, Repository, User } from '../state/records.ts';
import { disableAutoMerge } from './auto-merge.ts';
import { tipOf } from './branches.ts';
import { ownersOfChange } from './code-owners.ts';
import { recordIssueEvent } from './issue-events.ts';
import { announce } from './pull-request-events.ts';
import { askOwners } from './review-requests.ts';
import { removeFromQueue } from './queue-entries.ts';
import type { Scene } from './scene.ts';

/** Asks the owners of what it changes now for their review. */
export async function markReady(forge: Forge, repository: Repository, actor: User, id: number): Promise<void> {
  await forge.exclusively(repository, async () => {
    const { state } = forge;
    const { draft, baseRef, baseSha, headSha } = state.need('pullRequest', id);
    if (!draft) return;
    const base = tipOf(state, repository.id, baseRef) ?? baseSha;
    const owners = await ownersOfChange(state, repository, forge.git(repository), base, headSha);
    state.transaction((transaction) => {
      const scene = { forge, transaction, actor };
      const pull = transaction.need('pullRequest', id);
      if (pull.draft) askOwners(scene, changeDraft(scene, pull, false), owners);
    });
  });
}

export function convertToDraft(scene: Scene, pull: PullRequest): PullRequest {
  if (pull.draft) return pull;
  removeFromQueue(scene, pull, 'MANUAL');
  const current = disableAutoMerge(scene, pull, 'Pull request was converted to draft');
  return changeDraft(scene, current, true);
}

function changeDraft({ forge, transaction, actor }: Scene, pull: PullRequest, draft: boolean): PullRequest {
  const changed = transaction.change('pullRequest', pull.id, { draft });
  const issue = transaction.change('issue', pull.issueId, { updatedAt: Date.now() });
  recordIssueEvent(transaction, { issue, actor, event: draft ? 'convert_to_draft' : 'ready_for_review' });
  announce(forge, transaction, changed, actor, { action: draft ? 'converted_to_draft' : 'ready_for_review' });
  return changed;
}

export function closePullRequest(scene: Scene, pull: PullRequest): PullRequest {
  const { forge, transaction, actor } = scene;
  if (transaction.need('issue', pull.issueId).state === 'closed') return pull;
  removeFromQueue(scene, pull, 'MANUAL');
  const current = disableAutoMerge(scene, pull, 'Pull request was closed');
  const now = Date.now();
  const issue = transaction.change('issue', pull.issueId, { state: 'closed', closedAt: now, closedBy: actor.id, updatedAt: now });
  recordIssueEvent(transaction, { issue, actor, event: 'closed', details: { state_reason: null } });
  announce(forge, transaction, current, actor, { action: 'closed' });
  return current;
}

/** Gives the request another base. The caller has checked that it can have it. */
export function retarget(
  scene: Scene,
  pull: PullRequest,
  baseRef: string,
  { baseSha, ...size }: ChangeSize & { readonly baseSha: string },
): PullRequest {
  const { forge, transaction, actor } = scene;
  removeFromQueue(scene, pull, 'MANUAL');
  const changed = transaction.change('pullRequest', pull.id, { baseRef, baseSha, size });
  const issue = transaction.change('issue', pull.issueId, { updatedAt: Date.now() });
  recordIssueEvent(transaction, { issue, actor, event: 'base_ref_changed' });
  announce(forge, transaction, changed, actor, {
    action: 'edited',
    payload: { changes: { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } } },
    details: { base: baseRef },
  });
  return changed;
}
