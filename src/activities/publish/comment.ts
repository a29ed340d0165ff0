// A comment on the forge, of an issue, a request or a thread. The forge takes no keys: it is found by its mark and its author, and a double goes
// (docs/guarantees.md).
import { statusOf, type Forge } from '../forge/client.ts';
import { done, type Call, type Identified, type Marked, type Part } from '../effects/effect.ts';
import { marker } from './ours.ts';

/** Lists of forges lag by a few seconds. */
export const VISIBLE_WITHIN_MS = 5_000;

/** Where something is said: in the conversation of an issue or a request, or in a thread of a request. */
export interface CommentTarget {
  readonly owner: string;
  readonly repo: string;
  /** Of the issue or the request. */
  readonly number: number;
  /** Comment that the thread began with; null in the conversation. */
  readonly thread: number | null;
}

/**
 * A comment that is there once. Refused where its thread is gone.
 * @param words called with every try, since what it says carries the call's mark
 */
export function comment(
  { forge }: { readonly forge: Forge },
  place: CommentTarget,
  words: (call: Call) => Promise<string>,
): Part<Marked<Identified>> {
  const { owner, repo, number, thread } = place;
  return {
    class: 'marked',
    visibleWithinMs: VISIBLE_WITHIN_MS,
    async find(call) {
      const octokit = forge(call);
      const { data: me } = await octokit.rest.users.getAuthenticated();
      const there = { owner, repo, per_page: 100 };
      const comments =
        thread === null
          ? await octokit.paginate(octokit.rest.issues.listComments, { ...there, issue_number: number })
          : await octokit.paginate(octokit.rest.pulls.listReviewComments, { ...there, pull_number: number });
      const ours = comments.filter(({ body, user }) => user?.login === me.login && body?.includes(marker(call)) === true);
      return ours.map(({ id }) => ({ id }));
    },
    async act(call) {
      const { rest } = forge(call);
      const body = await words(call);
      if (thread === null) return done({ id: (await rest.issues.createComment({ owner, repo, issue_number: number, body })).data.id });
      try {
        const { data } = await rest.pulls.createReplyForReviewComment({ owner, repo, pull_number: number, comment_id: thread, body });
        return done({ id: data.id });
      } catch (error) {
        // 422: what the thread began with is no comment that can be replied to any more.
        if (![404, 422].includes(statusOf(error) ?? 0)) throw error;
        return { state: 'refused', because: 'The comment is gone.' };
      }
    },
    async remove(call, { id }) {
      const { rest } = forge(call);
      const which = { owner, repo, comment_id: Number(id) };
      try {
        await (thread === null ? rest.issues.deleteComment(which) : rest.pulls.deleteReviewComment(which));
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    },
  };
}
