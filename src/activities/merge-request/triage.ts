// Asks a model what a comment wants. One answer is recorded for each text of a comment, for ever; whatever the model makes of it, the answer is
// one of the five that the author could have given in plain words, so it gives nobody more than that. Where there is no answer the comment
// counts as actionable: a session then finds out. The call is a turn of its own in the store, so it is counted where sessions are.
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LanguageModel } from 'ai';
import { z } from 'zod';
import { TRIAGES, type Triaged } from '../../contracts/merge-request-snapshot.ts';
import type { ToTriage } from '../../contracts/merge-request-actions.ts';
import type { MergeRequestModelActivities } from '../../contracts/merge-request.ts';
import { entryKey, type Reply, type Said } from '../../contracts/said.ts';
import type { ModelRef, Models } from '../../contracts/session.ts';
import { mergeRequestId } from '../../contracts/work.ts';
import { mayDo } from '../../policies/merge-request-custody.ts';
import { TRIAGE_SYSTEM, TRIAGE_TOOL } from '../../playbooks/triage.ts';
import type { Store } from '../../store/store.ts';
import { done } from '../effects/effect.ts';
import type { Once } from '../effects/once.ts';
import { ask, type Answer } from '../model/ask.ts';
import { untrusted } from '../session/untrusted.ts';
import { toolSet } from '../tools/tool-set.ts';
import { getText } from '../work/texts.ts';
import { custodyOfRequest } from './facts.ts';

export interface TriageDeps {
  readonly store: Store;
  readonly once: Once;
  readonly model: (ref: ModelRef) => LanguageModel;
  readonly models: Models;
}

/** The request waits meanwhile: a model that says nothing for so long, or is not done by then, is tried again … */
const SILENCE_SECONDS = 20;
const MOST_MS = 40_000;
const DEADLINE_MS = 60_000;
/** … as often as this, which is a second of pauses. */
const MOST_ATTEMPTS = 4;
/** Of the comment; what somebody wants is said by then. */
const MOST_CHARACTERS = 4_000;
const MOST_REASON = 300;

const answerSchema = z.strictObject({
  triage: z.enum(TRIAGES),
  because: z.string().describe('in one short sentence, what the comment wants'),
});

const TOOLS = toolSet([{ name: TRIAGE_TOOL, description: 'Says what the comment wants. Call it once.', input: answerSchema }]);

export function createTriageActivities(deps: TriageDeps): MergeRequestModelActivities {
  const { store, once } = deps;
  return {
    async askModelForMergeRequest({ request, rule, action }) {
      // A newer version may ask for something else.
      if ((action.kind as string) !== 'triage') return 'unknown';
      if (!mayDo(await custodyOfRequest(store, request), action)) return 'done';
      const { owner, repo, number } = request.ref;
      const asked = action.about.map((one) =>
        once<Triaged>(one.key, {
          kind: 'request.triage',
          class: 'convergent',
          deadlineMs: DEADLINE_MS,
          target: { owner, repo, number, comment: one.comment },
          cause: { askedBy: mergeRequestId(request.ref), rule },
          act: async () => done(triagedBy(await answerTo(deps, one))),
        }),
      );
      // All are waited for: what the others have answered is on record before this is tried again.
      for (const one of await Promise.allSettled(asked)) if (one.status === 'rejected') throw one.reason;
      return 'done';
    },
  };
}

type Heard = Reply | Extract<Answer, { readonly kind: 'silent' | 'refused' }>;

/** The answer that is on record, or that of one call. */
async function answerTo({ store, model, models }: TriageDeps, { key, text }: ToTriage): Promise<Heard> {
  const entry = { session: key, key: entryKey.turn(1) };
  const before = await store.transcripts.entry(entry);
  if (before !== undefined) return replyIn(before.messages);

  const words = (await getText(store, text)).slice(0, MOST_CHARACTERS);
  const prompt: Said = { kind: 'prompt', text: untrusted('the comment', store.redacted(words)), at: Date.now() };
  const ref = models.aliases.fast;
  const cancelled = cancellationSignal();
  let answer: Answer;
  try {
    answer = await ask({
      model: model(ref),
      system: TRIAGE_SYSTEM,
      messages: [{ role: 'user', content: prompt.text }],
      tools: TOOLS,
      stallSeconds: SILENCE_SECONDS,
      heard: () => undefined,
      cancelled: AbortSignal.any([cancelled, AbortSignal.timeout(MOST_MS)]),
    });
  } catch (error) {
    cancelled.throwIfAborted();
    if (activityInfo().attempt >= MOST_ATTEMPTS) return { kind: 'silent', because: String(error) };
    // Not after the pause that a provider wants: the request would stand still for it.
    throw ApplicationFailure.retryable(String(error), 'ProviderUnavailable');
  }
  if (answer.kind !== 'reply') return answer;
  const reply: Reply = { turn: 1, model: ref, at: Date.now(), ...answer };
  return replyIn((await store.transcripts.append({ ...entry, messages: [prompt, reply] })).messages);
}

const replyIn = (messages: readonly unknown[]): Reply => messages.at(-1) as Reply;

function triagedBy(heard: Heard): Triaged {
  if (heard.kind !== 'reply') return unanswered(heard.because);
  if (heard.finish !== 'done') return unanswered(heard.finish === 'cut' ? 'Its answer was cut.' : 'It refused.');
  const [call, ...others] = heard.calls;
  const answer = answerSchema.safeParse(call?.input);
  if (call?.tool !== TRIAGE_TOOL || others.length > 0 || !answer.success) return unanswered('Its answer is none of the five.');
  return { triage: answer.data.triage, because: answer.data.because.slice(0, MOST_REASON) };
}

const unanswered = (because: string): Triaged => ({
  triage: 'actionable',
  because: `No model has told what it wants, so it counts as actionable: ${because}`.slice(0, MOST_REASON),
});
