// One turn's model call: decide whether there is one, read the mail, ask, and commit the reply with the mail it has seen in one step.
// A retry finds the reply in the store and only says again what follows from it.
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { LanguageModel, ToolSet } from 'ai';
import type { Mail } from '../../contracts/mail.ts';
import { toMailBody } from '../../contracts/mail-body.ts';
import { entryKey, type Reply, type Said } from '../../contracts/said.ts';
import type { ModelActivities, SessionEnd, SessionSpec, ToolWork, TurnOutcome } from '../../contracts/session.ts';
import { sessionPolicy, warning, type SessionFacts } from '../../policies/session.ts';
import type { Store } from '../../store/store.ts';
import { factsOf } from '../session/facts.ts';
import { readSpec } from '../session/spec.ts';
import { ask, type Answer } from './ask.ts';
import { liveText } from './live-text.ts';
import { promptOf } from './prompt.ts';
import { createTranscripts } from './transcripts.ts';

export interface ModelDeps {
  readonly store: Store;
  readonly model: (ref: SessionSpec['model']) => LanguageModel;
  /** Names, descriptions and schemas, without a way to run them. */
  readonly tools: ToolSet;
  /** Tools that are a host's job of their own; all others are quick. */
  readonly isCommand: (tool: string) => boolean;
  readonly now: () => number;
}

export function createModelActivities(deps: ModelDeps): ModelActivities {
  const { store, now } = deps;
  const transcripts = createTranscripts(store);

  return {
    async takeTurn({ session, spec: digest, turn }) {
      const spec = await readSpec(store, digest);
      const start: Said = { kind: 'prompt', text: spec.prompt, at: now() };
      if (turn === 1) await store.transcripts.append({ session, key: entryKey.start, messages: [start] });
      const before = await transcripts.read(session);
      const replied = before.find((said): said is Reply => said.kind === 'reply' && said.turn === turn);
      if (replied !== undefined) return after(session, turn, factsOf(before, spec.limits, now()), replied);

      const facts = factsOf(before, spec.limits, now());
      const decision = sessionPolicy.decide(facts);
      if (decision.action.kind !== 'callModel') return concluded(session, turn, facts);

      const mail = await store.mail.take({ address: session });
      const added = [...mail.map(asSaid), ...warningOnce(facts, before)];
      const answer = await answerTo(spec, session, [...before, ...added]);
      if (answer.kind !== 'reply') return concluded(session, turn, { ...facts, answer });

      const reply: Reply = { turn, ...answer };
      const acted = mail.map(({ id }) => id);
      const entry = await store.transcripts.append({ session, key: entryKey.turn(turn), messages: [...added, reply], acted });
      // An earlier attempt that was thought dead may have been first: then its reply is the session's.
      return after(session, turn, facts, entry.messages.at(-1) as Reply);
    },
  };

  async function answerTo(spec: SessionSpec, session: string, transcript: readonly Said[]): Promise<Answer> {
    const live = liveText(store, session);
    try {
      return await ask({
        model: deps.model(spec.model),
        system: spec.system,
        messages: promptOf(transcript),
        tools: deps.tools,
        stallSeconds: spec.limits.stallSeconds,
        cancelled: cancellationSignal(),
        heard: live.add,
      });
    } finally {
      await live.end();
    }
  }

  function after(session: string, turn: number, facts: SessionFacts, { calls }: Reply): Promise<TurnOutcome> | TurnOutcome {
    if (calls.length === 0) return concluded(session, turn, { ...facts, answer: { kind: 'reply', calls: 0 } });
    return { next: 'tools', work: group(calls.map(({ tool }) => deps.isCommand(tool))) };
  }

  /** A turn that does not lead to tools is a decision worth keeping. */
  async function concluded(workflow: string, turn: number, facts: SessionFacts): Promise<TurnOutcome> {
    const { rule, because, action } = sessionPolicy.decide(facts);
    if (action.kind !== 'rest' && action.kind !== 'end') throw new Error(`${rule} does not conclude a turn`);
    await store.decisions.record({ workflow, seq: turn, attempt: activityInfo().attempt, rule, because, action, facts });
    const end: SessionEnd = { outcome: action.outcome, rule, because };
    return { next: action.kind, end };
  }
}

const asSaid = ({ from, body }: Mail): Said => ({ kind: 'mail', from, text: toMailBody(body).text });

function warningOnce(facts: SessionFacts, transcript: readonly Said[]): Said[] {
  const text = warning(facts);
  if (text === null || transcript.some(({ kind }) => kind === 'note')) return [];
  return [{ kind: 'note', about: 'limits', text }];
}

/** Neighbouring quick calls go together; a command is alone. */
function group(commands: readonly boolean[]): ToolWork[] {
  const work: ToolWork[] = [];
  for (const [at, command] of commands.entries()) {
    const last = work.at(-1);
    if (!command && last?.kind === 'quick') work[work.length - 1] = { ...last, to: at + 1 };
    else work.push({ kind: command ? 'command' : 'quick', from: at, to: at + 1 });
  }
  return work;
}
