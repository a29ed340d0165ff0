// Keeps the footer of a request's description: one, and ours.
import type { NewMergeRequest } from '../../contracts/merge-request.ts';
import type { Convergent } from '../effects/effect.ts';
import type { Forge } from '../forge/provider.ts';
import { footerOf, withFooter } from '../publish/footer.ts';

/** Of what a task of ours has made; who wrote others is no affair of ours. */
export const footerOfRequest = ({ tell, author, pipeline, onBehalfOf }: NewMergeRequest): string | null =>
  tell === null || pipeline === undefined
    ? null
    : footerOf({ task: tell, pipeline, session: author === null ? null : author.slice(tell.length + 1), onBehalfOf });

/** Sets it to what holds; an edit by a person in the moment between is lost, because forges have no guard for it. */
export const putFooter = (
  { forge }: { readonly forge: Forge },
  request: NewMergeRequest,
): Omit<Convergent<null>, 'kind' | 'target' | 'cause' | 'deadlineMs'> => ({
  class: 'convergent',
  async act(call) {
    const footer = footerOfRequest(request);
    if (footer !== null) await forge(call).describe(request.ref, (description) => withFooter(description, footer));
    return { state: 'done', result: null };
  },
});
