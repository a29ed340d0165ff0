// One turn: run the quick calls of the one before, decide whether there is a model call, read the mail, ask, and commit the reply with the
// mail it has seen in one step. A retry finds results and reply in the store and only says again what follows from them.
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { LanguageModel, ToolSet } from 'ai';
import type { Mail } from '../../contracts/mail.ts';
import { toMailBody } from '../../contracts/mail-body.ts';
import { entryKey, isLastWord, type Reply, type Said, type ToolCall } from '../../contracts/said.ts';
import type { ModelActivities, ModelRef, QuickCalls, SessionEnd, SessionSpec, ToolWork, TurnOutcome } from '../../contracts/session.ts';
import { isIdle, sessionPolicy, type SessionFacts } from '../../policies/session.ts';
import type { Store } from '../../store/store.ts';
import { endUnlessMail } from '../session/end.ts';
import { answered, factsOf } from '../session/facts.ts';
import { createSpecs } from '../session/spec.ts';
import { bash } from '../tools/bash.ts';
import { describeAll } from '../tools/describe.ts';
import { lastAttempt } from '../tools/once.ts';
import type { QuickTools } from '../tools/quick.ts';
import { isQuick, toolsOf, type Toolbox } from '../tools/session-tools.ts';
import { toolSet } from '../tools/tool-set.ts';
import type { SessionWork } from '../work/checkpoints.ts';
import { ask, type Answer } from './ask.ts';
import { liveText } from './live-text.ts';
import { notesFor } from './notes.ts';
import { promptOf } from './prompt.ts';
import { createTranscripts } from './transcripts.ts';

export interface ModelDeps {
  readonly store: Store;
  readonly model: (ref: ModelRef) => LanguageModel;
  readonly toolbox: Toolbox;
  readonly quickTools: QuickTools;
  readonly work: SessionWork;
  readonly now: () => number;
}

export function createModelActivities(deps: ModelDeps): ModelActivities {
  const { store, now } = deps;
  const readSpec = createSpecs(store);
  const transcripts = createTranscripts(store);
  const toolSets = new Map<string, ToolSet>(); // making one costs more than the rest of a turn's preparation

  return {
    async takeTurn({ session, spec: digest, turn, quick }) {
      const spec = await readSpec(digest);
      const outcome = await think(session, spec, turn, quick);
      if (outcome.next === 'tools') return outcome;
      await keep(session, spec, 'now', await transcripts.read(session));
      const { next, end } = outcome;
      return next === 'rest' && (await endUnlessMail(store, { session, turn, end })) ? { next: 'ended', end } : outcome;
    },
  };

  async function think(session: string, spec: SessionSpec, turn: number, quick: QuickCalls | undefined): Promise<TurnOutcome> {
    const lost = await deps.work.ensure(session, spec.worktree, turn).catch((error: unknown) => lastAttempt(error, spec.limits));
    if (lost !== undefined) {
      const [waited, transcript] = await Promise.all([waitedBefore(session), transcripts.read(session)]);
      return concluded(session, turn, { ...factsOf(transcript, spec, now(), 0, waited), lost: lost.text });
    }
    // Each question to the store is a way to its thread and back: what does not depend on another goes with it.
    const [waited] = await Promise.all([waitedBefore(session), quick === undefined ? undefined : deps.quickTools(session, spec, quick)]);
    const start: Said = { kind: 'prompt', text: spec.prompt, at: now() };
    if (turn === 1) await begin(session, start);
    const [before, mail] = await Promise.all([transcripts.read(session), store.mail.take({ address: session })]);
    const replied = before.find((said): said is Reply => said.kind === 'reply' && said.turn === turn);
    if (replied !== undefined) return after(session, turn, factsOf(before, spec, now(), mail.length, 0), replied);
    const seen = factsOf(before, spec, now(), mail.length, waited);
    const facts = isIdle(seen) ? factsOf(before, spec, now(), mail.length, waited, await keep(session, spec, 'now', before)) : seen;

    const decision = sessionPolicy.decide(facts);
    if (decision.action.kind !== 'callModel') return concluded(session, turn, facts);

    const added = [...mail.map(asSaid), ...notesFor(facts, before, spec.output)];
    // Nothing changes in the worktree while the model thinks. A reply that was paid for is kept, whatever comes of that.
    const thought = answerTo(spec, session, [...before, ...added]);
    const [answered, kept] = await Promise.allSettled([thought, keep(session, spec, 'seldom', before)]);
    if (answered.status === 'rejected') throw answered.reason;
    const answer = answered.value;
    if (answer.kind !== 'reply') return concluded(session, turn, { ...facts, answer });

    const work = kept.status === 'fulfilled' ? kept.value : undefined;
    const reply: Reply = { turn, model: spec.model, waited, at: now(), ...(work === undefined ? {} : { work }), ...answer };
    const acted = mail.map(({ id }) => id);
    // Not what the calls are about: cut short before it is redacted, a secret would not be known.
    const event = { kind: 'turn' as const, body: { turn, tools: reply.calls.map(({ tool }) => tool), usage: reply.usage } };
    const entry = await store.transcripts.append({ session, key: entryKey.turn(turn), messages: [...added, reply], acted, event });
    if (kept.status === 'rejected') throw kept.reason;
    // An earlier attempt that was thought dead may have been first: then its reply is the session's.
    return after(session, turn, factsOf([...before, ...added], spec, now(), mail.length, waited), entry.messages.at(-1) as Reply);
  }

  /** Where it was killed before and is run again, as by an owner that takes up its work, it goes on from what it has said. */
  async function begin(session: string, start: Said): Promise<void> {
    await store.transcripts.append({ session, key: entryKey.start, messages: [start] });
    const last = (await transcripts.read(session)).at(-1);
    const run = activityInfo().workflowExecution?.runId ?? '';
    if (!isLastWord(last) || last.run === run) return;
    await store.transcripts.append({ session, key: entryKey.again(run), messages: [{ kind: 'again', run } satisfies Said], reopens: true });
  }

  /** Who has only read leaves nothing. */
  async function keep(session: string, spec: SessionSpec, how: 'now' | 'seldom', transcript: readonly Said[]): Promise<string | undefined> {
    const reads = new Set(toolsOf(spec, deps.toolbox).flatMap((tool) => (isQuick(tool) && tool.readOnly ? [tool.name] : [])));
    const mayHaveChanged = transcript.some((said) => said.kind === 'result' && !reads.has(said.tool));
    return spec.tools === 'all' && mayHaveChanged ? deps.work.keep(session, spec.worktree, how) : undefined;
  }

  /** From the last thing that was kept of the session to the moment at which this turn was asked for: it was paused, or nobody ran it. */
  async function waitedBefore(session: string): Promise<number> {
    const asked = activityInfo().scheduledTimestampMs; // of its first attempt
    const last = await store.transcripts.lastAt({ session, until: asked });
    return last === null ? 0 : asked - last;
  }

  async function answerTo(spec: SessionSpec, session: string, transcript: readonly Said[]): Promise<Answer> {
    const live = liveText(store, session, 'session.text');
    try {
      return await ask({
        model: deps.model(spec.model),
        system: spec.system,
        messages: promptOf(transcript),
        tools: toolSetFor(spec),
        stallSeconds: spec.limits.stallSeconds,
        cancelled: cancellationSignal(),
        heard: live.add,
      });
    } finally {
      await live.end();
    }
  }

  function toolSetFor(spec: SessionSpec): ToolSet {
    const key = `${spec.tools} ${spec.output}`;
    const set = toolSets.get(key) ?? toolSet(toolsOf(spec, deps.toolbox));
    toolSets.set(key, set);
    return set;
  }

  function after(session: string, turn: number, before: SessionFacts, reply: Reply): Promise<TurnOutcome> | TurnOutcome {
    const facts = { ...before, answer: answered(reply) };
    if (sessionPolicy.decide(facts).action.kind !== 'runTools') return concluded(session, turn, facts);
    return { next: 'tools', work: group(reply.calls) };
  }

  /** A turn that does not lead to tools is a decision worth keeping. */
  async function concluded(workflow: string, turn: number, facts: SessionFacts): Promise<TurnOutcome> {
    const { rule, because, action } = sessionPolicy.decide(facts);
    if (action.kind === 'callModel' || action.kind === 'runTools') throw new Error(`${rule} does not conclude a turn`);
    await store.decisions.record({ workflow, seq: turn, attempt: activityInfo().attempt, rule, because, action, facts });
    if (action.kind === 'correct') return { next: 'tools', work: [] }; // the note is there when the next turn begins
    const end: SessionEnd = { outcome: action.outcome, rule, because };
    return { next: action.kind, end };
  }
}

const asSaid = ({ from, body }: Mail): Said => ({ kind: 'mail', from, text: toMailBody(body).text });

/** Neighbouring quick calls go together; a command is alone. */
function group(calls: readonly ToolCall[]): ToolWork[] {
  const work: { kind: ToolWork['kind']; from: number; to: number }[] = [];
  for (const [at, { tool }] of calls.entries()) {
    const last = work.at(-1);
    if (tool !== bash.name && last?.kind === 'quick') last.to = at + 1;
    else work.push({ kind: tool === bash.name ? 'command' : 'quick', from: at, to: at + 1 });
  }
  return work.map((one) => ({ ...one, what: describeAll(calls.slice(one.from, one.to)) }));
}
