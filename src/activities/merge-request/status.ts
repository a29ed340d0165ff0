// The request's own status comment. It is made once, as everything that is said (its mark is signed, doubles are swept), and from then on
// edited in place, also when the request is handed over again. Who deletes it does not want it: it is not made again.
import type { EffectOutcome } from '../../contracts/effect.ts';
import type { MergeRequestAction, RequestStatus } from '../../contracts/merge-request-actions.ts';
import type { NewMergeRequest } from '../../contracts/merge-request.ts';
import { inHandId, type MergeRequestRef } from '../../contracts/work.ts';
import { STATUS } from '../../policies/merge-request-shown.ts';
import type { Store } from '../../store/store.ts';
import type { Convergent, Identified } from '../effects/effect.ts';
import type { Pages } from '../forge/pages.ts';
import type { Forge } from '../forge/provider.ts';
import type { CommentTarget } from '../publish/comment.ts';
import { neutralise } from '../publish/neutralise.ts';
import { OUR_MARK } from './comments.ts';

type WaitsFor = Extract<MergeRequestAction, { kind: 'wait' }>['forWhom'];

const SHORT = 12;
const LONGEST = 500;

const STANDS: Readonly<Record<WaitsFor, string>> = {
  ci: 'waits for its checks',
  reviewer: 'waits for a review',
  operator: 'waits for who runs Signalbox',
  people: 'waits for whoever works on it',
  session: 'is being worked on',
  forge: 'waits for the forge',
  lane: 'is before the merge lane',
  upgrade: 'waits for an upgrade',
};

const NEXT: Readonly<Record<WaitsFor, (policy: RequestStatus['policy']) => string>> = {
  ci: () => 'When they have ended, it goes on by itself.',
  reviewer: (policy) =>
    policy === 'merge' ? 'Once a person approves this very head, it is merged.' : 'Once it is approved, people merge it.',
  operator: () => 'It goes on with an answer: `signalbox outbox` has the question.',
  people: () => 'Whatever is pushed, said or set here is noticed.',
  session: () => 'What comes of it is checked, and published on top of this head.',
  forge: () => 'It goes on by itself.',
  lane: () => 'It goes on by itself.',
  upgrade: () => 'It goes on by itself.',
};

const MAY: Readonly<Record<RequestStatus['policy'], string>> = {
  watch: 'watches this request; branch and threads are left alone',
  fix: 'mends and answers here; people merge',
  merge: 'has this request in hand until it is merged',
};

/** What others have said in it commands nobody. */
export function statusText(
  ref: MergeRequestRef,
  { policy, head, state, rule, because, waitsFor }: RequestStatus,
  { pages, home }: { readonly pages: Pages; readonly home: string | null },
): string {
  const { owner, repo, number } = ref;
  const us = `[Signalbox](${home ?? pages.request(ref)})`;
  const why = neutralise(because).slice(0, LONGEST);
  return [
    `**Signalbox ${MAY[policy]}.**`,
    '',
    `- Now: it ${waitsFor === null ? `is ${state}` : STANDS[waitsFor]} (\`${rule}\`, head \`${head.slice(0, SHORT)}\`).`,
    `- Why: ${why.replaceAll(/\s*\n\s*/g, ' ')}`,
    `- Next: ${waitsFor === null ? (rule === 'closed-watched' ? 'opened again, it goes on.' : 'nothing; this was the last word.') : NEXT[waitsFor](policy)}`,
    '',
    `<sub>Kept up to date in place by ${us}. \`signalbox mr show ${owner}/${repo}#${number} --why\` tells more, \`mr pause\` stops everything at once.</sub>`,
  ].join('\n');
}

/** The newest comment that was made as the same identity when the request was in our hands before; null where there is none. */
export async function statusCommentBefore(
  { ledger }: Pick<Store, 'ledger'>,
  { ref, generation, work: { as } }: NewMergeRequest,
): Promise<number | null> {
  const before = Array.from({ length: generation - 1 }, (_, at) => inHandId({ ref, generation: at + 1 }));
  const made = (await Promise.all(before.map((id) => ledger.marked({ prefix: `${id}/${STATUS}` })))).flat();
  const ours = made.flatMap(({ target, outcome }) =>
    outcome.state === 'done' && (target as CommentTarget).as === as ? [Number((outcome.result as Identified).id)] : [],
  );
  return ours.at(-1) ?? null;
}

/** Sets the comment to this text, if it is still there. */
export const editStatus = (
  { forge }: { readonly forge: Forge },
  place: MergeRequestRef,
  comment: number,
  text: string,
): Omit<Convergent<Identified>, 'kind' | 'target' | 'cause' | 'deadlineMs'> => ({
  class: 'convergent',
  async act(call): Promise<EffectOutcome<Identified>> {
    await forge(call).editComment(place, comment, (body) => `${text}\n\n${OUR_MARK.exec(body)?.[0] ?? `<!-- ${call.mark} -->`}`);
    return { state: 'done', result: { id: comment } };
  },
});
