// Reactions to issues, comments and review comments: one of each kind a person.
import { includes } from '../domain/permissions.ts';
import { acting, listing, type ActorCall, type Operation, type RepositoryCall } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { created, forbidden, noContent, notFound, ok, type Reply } from '../http/reply.ts';
import type { Reaction, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { commentOf } from './issue-comments.ts';
import { issueOf } from './issue-wishes.ts';
import { presentReaction } from './present/reaction.ts';
import { fullName } from './present/repository.ts';

/** What was reacted to, and the issue or pull request that it belongs to. */
interface Subject {
  readonly kind: Reaction['subject'];
  readonly id: number;
  readonly issueId: number;
}

export const reactionOperations: Operation[] = [
  listing('reactions/list-for-issue', (call) => list(call, issueSubject(call.state, call.repository, call.params.issue_number))),
  listing('reactions/list-for-issue-comment', (call) => list(call, commentSubject(call.state, call.repository, call.params.comment_id))),
  listing('reactions/list-for-pull-request-review-comment', (call) =>
    list(call, reviewCommentSubject(call.state, call.repository, call.params.comment_id)),
  ),
  acting('reactions/create-for-issue', 'read', (call) =>
    react(call, (state) => issueSubject(state, call.repository, call.params.issue_number)),
  ),
  acting('reactions/create-for-issue-comment', 'read', (call) =>
    react(call, (state) => commentSubject(state, call.repository, call.params.comment_id)),
  ),
  acting('reactions/create-for-pull-request-review-comment', 'read', (call) =>
    react(call, (state) => reviewCommentSubject(state, call.repository, call.params.comment_id)),
  ),
  acting('reactions/delete-for-issue', 'read', (call) =>
    withdraw(call, (state) => issueSubject(state, call.repository, call.params.issue_number)),
  ),
  acting('reactions/delete-for-issue-comment', 'read', (call) =>
    withdraw(call, (state) => commentSubject(state, call.repository, call.params.comment_id)),
  ),
  acting('reactions/delete-for-pull-request-comment', 'read', (call) =>
    withdraw(call, (state) => reviewCommentSubject(state, call.repository, call.params.comment_id)),
  ),
];

function issueSubject(state: Reader, repository: Repository, number: number): Subject {
  const { id } = issueOf(state, repository, number);
  return { kind: 'issue', id, issueId: id };
}

function commentSubject(state: Reader, repository: Repository, id: number | bigint): Subject {
  const comment = commentOf(state, repository, id);
  return { kind: 'comment', id: comment.id, issueId: comment.issueId };
}

function reviewCommentSubject(state: Reader, repository: Repository, id: number | bigint): Subject {
  const comment = state.get('reviewComment', Number(id));
  if (comment?.repositoryId !== repository.id) throw notFound();
  return { kind: 'reviewComment', id: comment.id, issueId: state.need('pullRequest', comment.pullRequestId).issueId };
}

const reactionsTo = (state: Reader, { kind, id }: Subject): Reaction[] => state.select('reaction', 'subject', `${kind}/${id}`);

type Listing = RepositoryCall<
  'reactions/list-for-issue' | 'reactions/list-for-issue-comment' | 'reactions/list-for-pull-request-review-comment'
>;

function list(call: Pick<Listing, 'forge' | 'state' | 'query' | 'url'>, subject: Subject): Reply {
  const { forge, state, query } = call;
  const reactions = reactionsTo(state, subject).filter(({ content }) => query.content === undefined || content === query.content);
  return listOf(call, reactions, (reaction) => presentReaction(forge, state, reaction));
}

type Reacting = ActorCall<
  'reactions/create-for-issue' | 'reactions/create-for-issue-comment' | 'reactions/create-for-pull-request-review-comment'
>;

/** 201 for a new one, 200 for one that was there. */
function react({ forge, actor, repository, role, body }: Omit<Reacting, 'params'>, find: (state: Reader) => Subject): Reply {
  return forge.state.transaction((transaction) => {
    const subject = find(transaction);
    if (transaction.need('issue', subject.issueId).locked && !includes(role, 'write'))
      throw forbidden('Unable to create reaction because issue is locked.');
    const mine = reactionsTo(transaction, subject).find(({ userId, content }) => userId === actor.id && content === body.content);
    if (mine !== undefined) return ok(presentReaction(forge, transaction, mine));
    const reaction = transaction.add('reaction', {
      repositoryId: repository.id,
      subject: subject.kind,
      subjectId: subject.id,
      userId: actor.id,
      content: body.content,
      createdAt: Date.now(),
    });
    transaction.effect({
      kind: 'reaction.created',
      actor: actor.login,
      repository: fullName(transaction, repository),
      subject: `${subject.kind} ${subject.id}`,
      details: { content: body.content },
    });
    return created(presentReaction(forge, transaction, reaction));
  });
}

type Withdrawing = ActorCall<
  'reactions/delete-for-issue' | 'reactions/delete-for-issue-comment' | 'reactions/delete-for-pull-request-comment'
>;

function withdraw({ forge, actor, repository, params }: Withdrawing, find: (state: Reader) => Subject): Reply {
  forge.state.transaction((transaction) => {
    const subject = find(transaction);
    const reaction = reactionsTo(transaction, subject).find(({ id }) => id === params.reaction_id);
    if (reaction === undefined) throw notFound();
    if (reaction.userId !== actor.id) throw forbidden('A reaction is withdrawn by who gave it.');
    transaction.effect({
      kind: 'reaction.deleted',
      actor: actor.login,
      repository: fullName(transaction, repository),
      subject: `${subject.kind} ${subject.id}`,
      details: { content: reaction.content },
    });
    transaction.remove('reaction', reaction.id);
  });
  return noContent();
}
