// One agent at work: turn after turn until it is done, a limit is met or somebody ends it. The history carries positions only; replies,
// results and mail are in the store. Nothing is awaited between the last look into the mailbox and a return.
import {
  ActivityFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  ModelActivities,
  QuickCalls,
  SessionActivities,
  SessionEnd,
  SessionInput,
  ToolActivities,
  ToolWork,
  Typed,
} from '../contracts/session.ts';
import { CLEAN_UP, commandOn, GENERAL, KEEP_TYPED, reapOn, turnOn, workOn } from './activity-options.ts';
import { keepAll, listen, pauseAndKeep, type Ears } from './ears.ts';

const { keepTyped, endSession } = proxyActivities<SessionActivities>(GENERAL);

export async function session(input: SessionInput): Promise<SessionEnd> {
  const ears = listen(input.paused);
  const at = { turn: input.turn };
  try {
    return await takeTurns(input, ears, at);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => cleanUp(input.host, at.turn, ears));
    throw error;
  }
}

async function takeTurns({ spec, host, quick }: SessionInput, ears: Ears, at: { turn: number }): Promise<SessionEnd> {
  const { workflowId: id } = workflowInfo();
  const keep = keepFor(id);
  const { takeTurn } = proxyActivities<ModelActivities>(turnOn(host));
  let due = quick;
  for (; ; at.turn++) {
    const { turn } = at;
    await pauseAndKeep(ears, keep, { where: ` before turn ${turn}`, first: () => keepWork({ session: id, spec }, host) });
    // After this look for typed signals nothing is awaited before the run is left; the server refuses to end a run that has new ones.
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof session>({ spec, host, turn, paused: ears.paused, ...dueFirst(due) });

    const of = { session: id, spec, turn };
    const summary = [...whatIsDue(due), `turn ${turn}`].join('; ');
    setCurrentDetails(`${summary}: the model thinks`);
    const outcome = await takeTurn.executeWithOptions({ ...turnOn(host), summary }, [{ ...of, ...dueFirst(due) }]);
    due = undefined;
    if (outcome.next === 'tools') {
      for (const work of outcome.work) {
        // What was said before a command begins may keep it from beginning. Older runs have commands where these rows would be.
        if (work.kind === 'command' && ears.typed.length > 0 && patched('typed-before-command')) await keepAll(ears, keep);
        if (work.kind === 'command') await runCommand(of, host, work, due);
        due = work.kind === 'quick' ? { ...work, turn } : undefined;
      }
      continue;
    }
    const { end, next } = outcome;
    setCurrentDetails(`**${end.outcome}** (${end.rule}): ${end.because}`);
    const closed = next === 'ended' || (await close({ session: id, spec, turn, end, evenWithMail: next === 'end' }, ears));
    if (closed && ears.typed.length === 0) return end;
  }
}

const keepFor = (session: string) => (typed: readonly Typed[]) =>
  keepTyped.executeWithOptions({ ...GENERAL, summary: KEEP_TYPED }, [{ session, typed }]);

/** Closes the mailbox. Where the end waits for nobody, what is typed meanwhile becomes mail as well, which goes back. */
async function close(ending: Parameters<SessionActivities['endSession']>[0], ears: Ears): Promise<boolean> {
  for (;;) {
    const closed = await endSession.executeWithOptions({ ...GENERAL, summary: ending.end.rule }, [ending]);
    if (!ending.evenWithMail || ears.typed.length === 0) return closed;
    await keepAll(ears, keepFor(ending.session));
  }
}

/** Who is paused may be so for long, and its host may be gone by then. */
async function keepWork(of: { session: string; spec: string }, host: string): Promise<void> {
  const options = { ...workOn(host), summary: 'keep unfinished work' };
  if (patched('work-kept-before-a-pause')) await proxyActivities<ToolActivities>(options).keepWork(of);
}

async function runCommand(
  of: { session: string; spec: string; turn: number },
  host: string,
  { from, what }: ToolWork,
  due: QuickCalls | undefined,
): Promise<void> {
  const summary = [...whatIsDue(due), `turn ${of.turn}: ${what}`].join('; ');
  setCurrentDetails(summary);
  const activity = proxyActivities<ToolActivities>(commandOn(host)).runCommand;
  await activity.executeWithOptions({ ...commandOn(host), summary }, [{ ...of, call: from, ...dueFirst(due) }]);
}

const whatIsDue = (due: QuickCalls | undefined): string[] => (due === undefined ? [] : [`turn ${due.turn}: ${due.what}`]);

const dueFirst = (due: QuickCalls | undefined): { quick?: QuickCalls } => (due === undefined ? {} : { quick: due });

/** After a kill: no process of the session goes on, and whoever wrote to it is told, also who types while this is done. */
async function cleanUp(host: string, turn: number, ears: Ears): Promise<void> {
  const { workflowId: id } = workflowInfo();
  const end: SessionEnd = { outcome: 'killed', rule: 'killed', because: 'The session was killed.' };
  const ending = { session: id, turn, end, evenWithMail: true };
  const { reapSession } = proxyActivities<ToolActivities>(reapOn(host));
  const closeMailbox = () => endSession.executeWithOptions({ ...GENERAL, summary: CLEAN_UP }, [ending]);
  const reaping = { ...reapOn(host), summary: 'end its processes' };
  await Promise.all([closeMailbox(), reapSession.executeWithOptions(reaping, [{ session: id }]).catch(unlessHostIsDown)]);
  while (ears.typed.length > 0) {
    await keepAll(ears, keepFor(id));
    await closeMailbox();
  }
}

/** A host that does not answer reaps what it finds when it starts. */
function unlessHostIsDown(error: unknown): void {
  if (!(error instanceof ActivityFailure)) throw error;
}
