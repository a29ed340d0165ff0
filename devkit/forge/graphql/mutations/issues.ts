// Mutations of issues and of comments on anything: doors to the domain.
import { addComment } from '../../domain/comments.ts';
import { close, reopen } from '../../domain/issues.ts';
import { minimize } from '../../domain/minimize.ts';
import type { Issue } from '../../state/records.ts';
import { cursorOf } from '../connection.ts';
import type { Context, View } from '../context.ts';
import { noNode } from '../problems.ts';
import { issueCommentView, issueView } from '../views/issue.ts';
import { needNode } from '../views/lookup.ts';
import { reviewCommentView, reviewView } from '../views/review.ts';
import { contentDoor, demand, door, inTransaction, refuse } from './mutation.ts';

type ClosedReason = 'COMPLETED' | 'NOT_PLANNED' | 'DUPLICATE';

export function issueMutations(context: Context): View {
  const repositoryOf = ({ repositoryId }: { readonly repositoryId: number }) => context.state.need('repository', repositoryId);
  const changeable = (id: string, what: string): Issue => {
    const issue = needNode(context, id, 'issue');
    if (issue.pullRequestId !== null) throw noNode(id);
    demand(context, what, repositoryOf(issue), 'triage', issue.authorId);
    return issue;
  };
  return {
    addComment: contentDoor<{ subjectId: string; body: string }>(context, ({ subjectId, body }) => {
      const named = needNode(context, subjectId, 'issue', 'pullRequest');
      const issue = 'issueId' in named ? context.state.need('issue', named.issueId) : named;
      demand(context, 'AddComment', repositoryOf(issue), 'read');
      if (body.trim() === '') throw refuse("Body can't be blank");
      const comment = inTransaction(context, (scene) => addComment(scene, scene.transaction.need('issue', issue.id), body));
      return {
        commentEdge: { cursor: cursorOf(comment), node: issueCommentView(context, comment) },
        subject: issueView(context, context.forge.state.need('issue', issue.id)),
      };
    }),
    closeIssue: door<{ issueId: string; stateReason?: ClosedReason | null }>(({ issueId, stateReason }) => {
      const issue = changeable(issueId, 'CloseIssue');
      const reason = stateReason?.toLowerCase() as Lowercase<ClosedReason> | undefined;
      const closed = inTransaction(context, (scene) =>
        close(scene, scene.transaction.need('issue', issue.id), reason === undefined ? {} : { reason }),
      );
      return { issue: issueView(context, closed) };
    }),
    reopenIssue: door<{ issueId: string }>(({ issueId }) => {
      const issue = changeable(issueId, 'ReopenIssue');
      return {
        issue: issueView(
          context,
          inTransaction(context, (scene) => reopen(scene, scene.transaction.need('issue', issue.id))),
        ),
      };
    }),
    minimizeComment: door<{ subjectId: string; classifier: string }>(({ subjectId, classifier }) => ({
      minimizedComment: hidden(context, subjectId, 'MinimizeComment', classifier.toLowerCase().replace('_', '-')),
    })),
    unminimizeComment: door<{ subjectId: string }>(({ subjectId }) => ({
      unminimizedComment: hidden(context, subjectId, 'UnminimizeComment', null),
    })),
  };
}

function hidden(context: Context, id: string, what: string, reason: string | null): View {
  const found = needNode(context, id, 'comment', 'reviewComment', 'review');
  demand(context, what, context.state.need('repository', found.repositoryId), 'triage', found.authorId);
  if ('issueId' in found)
    return issueCommentView(
      context,
      inTransaction(context, (scene) => minimize(scene, 'comment', found.id, reason)),
    );
  if ('threadId' in found)
    return reviewCommentView(
      context,
      inTransaction(context, (scene) => minimize(scene, 'reviewComment', found.id, reason)),
    );
  return reviewView(
    context,
    inTransaction(context, (scene) => minimize(scene, 'review', found.id, reason)),
  );
}
