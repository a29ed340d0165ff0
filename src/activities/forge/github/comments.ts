// Comments of GitHub: of a conversation, and in threads, which are comments on a review with an address of their own.
import type { Octokit } from 'octokit';
import type { Comments, Place } from '../provider.ts';
import { issueOf, placeOf, pullOf } from './address.ts';
import { graphqlRefusal, unless, unlessMissing } from './errors.ts';

const RESOLVE = /* GraphQL */ `
  mutation ($thread: ID!) {
    resolveReviewThread(input: { threadId: $thread }) {
      thread {
        isResolved
      }
    }
  }
`;

const commentOf = (place: Place, id: number) => ({ ...placeOf(place), comment_id: id });

export const comments = ({ rest, paginate, graphql }: Octokit): Comments => ({
  async comment(at, thread, body) {
    if (thread === null) return { state: 'done', result: { id: (await rest.issues.createComment({ ...issueOf(at), body })).data.id } };
    // 422: what the thread began with is no comment that can be replied to any more.
    return unless(
      [404, 422],
      async () => ({ id: (await rest.pulls.createReplyForReviewComment({ ...pullOf(at), comment_id: thread, body })).data.id }),
      'The comment is gone.',
    );
  },

  async ownComments(at, thread, mark) {
    const { data: us } = await rest.users.getAuthenticated();
    const all =
      thread === null
        ? await paginate(rest.issues.listComments, { ...issueOf(at), per_page: 100 })
        : await paginate(rest.pulls.listReviewComments, { ...pullOf(at), per_page: 100 });
    return all.filter(({ body, user }) => user?.login === us.login && body?.includes(mark) === true).map(({ id }) => ({ id }));
  },

  async editComment(place, id, change) {
    await unlessMissing(async () => {
      const { data } = await rest.issues.getComment(commentOf(place, id));
      const body = change(data.body ?? '');
      if (body !== data.body) await rest.issues.updateComment({ ...commentOf(place, id), body });
    }, [404]);
  },

  async deleteComment(place, thread, id) {
    const which = commentOf(place, id);
    await unlessMissing<unknown>(() => (thread === null ? rest.issues.deleteComment(which) : rest.pulls.deleteReviewComment(which)), [404]);
  },

  async resolveThread(thread) {
    try {
      await graphql(RESOLVE, { thread });
      return { state: 'done', result: null };
    } catch (error) {
      const because = graphqlRefusal(error, ['NOT_FOUND', 'FORBIDDEN']);
      if (because === undefined) throw error;
      return { state: 'refused', because };
    }
  },
});
