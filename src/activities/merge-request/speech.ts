// What the owner of a request says in it: the words of sessions, and where more is told.
import type { MergeRequestEffect } from '../../contracts/merge-request-actions.ts';
import type { NewMergeRequest } from '../../contracts/merge-request.ts';
import { inHandId } from '../../contracts/work.ts';
import { STATUS } from '../../policies/merge-request-shown.ts';
import type { Store } from '../../store/store.ts';
import type { Identified } from '../effects/effect.ts';
import type { Pages } from '../forge/pages.ts';
import { neutralise } from '../publish/neutralise.ts';
import { outputOf } from '../session/output.ts';

interface SpeechDeps {
  readonly store: Store;
  readonly pages: Pages;
}

/** The request's status comment, or as long as there is none the request. */
export async function statusPage({ store, pages }: SpeechDeps, request: NewMergeRequest): Promise<string> {
  const made = await store.ledger.settled({ prefix: `${inHandId(request)}/${STATUS}` });
  const comment = made.map(({ outcome }) => (outcome.state === 'done' ? (outcome.result as Identified).id : undefined)).find(Boolean);
  return comment === undefined ? pages.request(request.ref) : pages.comment(request.ref, comment);
}

/** Words of a session go out neutralised, in the thread that they answer. */
export async function replyOf(
  { store }: Pick<SpeechDeps, 'store'>,
  request: NewMergeRequest,
  { comment, session, commit, place }: Extract<MergeRequestEffect, { kind: 'reply' }>,
): Promise<string> {
  const output = await outputOf(store, `${inHandId(request)}/${session}`);
  const words = output?.kind === 'handOver' ? output.value.replies.find(({ to }) => to === comment)?.text : undefined;
  const about = place.in === 'conversation' ? `About ${place.url}:\n\n` : '';
  return `${about}${neutralise(words ?? 'Done.')}${commit === null ? '' : `\n\nIn ${commit}.`}`;
}
