// One agent at work: turn after turn until it is done, a limit is met or somebody ends it. The history carries positions only; replies,
// results and mail are in the store. Nothing is awaited between the last look into the mailbox and a return.
import {
  ActivityFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { ModelActivities, SessionActivities, SessionEnd, SessionInput, ToolActivities, ToolWork } from '../contracts/session.ts';
import { commandOn, GENERAL, MODEL, quickToolsOn, reapOn } from './activity-options.ts';
import { listen, type Ears } from './ears.ts';

const { keepTyped, endSession } = proxyActivities<SessionActivities>(GENERAL);
const { takeTurn } = proxyActivities<ModelActivities>(MODEL);

export async function session(input: SessionInput): Promise<SessionEnd> {
  const ears = listen(input.paused);
  const at = { turn: input.turn };
  try {
    return await takeTurns(input, ears, at);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => cleanUp(input.host, at.turn));
    throw error;
  }
}

async function takeTurns({ spec, host }: SessionInput, ears: Ears, at: { turn: number }): Promise<SessionEnd> {
  const { workflowId: id } = workflowInfo();
  for (; ; at.turn++) {
    const { turn } = at;
    await pauseAndKeep(ears, id, turn);
    // After this look for typed signals nothing is awaited before the run is left; the server refuses to end a run that has new ones.
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof session>({ spec, host, turn, paused: ears.paused });

    const of = { session: id, spec, turn };
    setCurrentDetails(`Turn ${turn}: the model thinks`);
    const outcome = await takeTurn.executeWithOptions({ ...MODEL, summary: `turn ${turn}` }, [of]);
    if (outcome.next === 'tools') {
      for (const work of outcome.work) await runTools(of, host, work);
      continue;
    }
    const { end, next } = outcome;
    setCurrentDetails(`**${end.outcome}** (${end.rule}): ${end.because}`);
    const evenWithMail = next === 'end';
    const closed = await endSession.executeWithOptions({ ...GENERAL, summary: end.rule }, [{ session: id, turn, end, evenWithMail }]);
    if (closed && (evenWithMail || ears.typed.length === 0)) return end;
  }
}

/** Waits while paused, and makes rows of typed signals until there are none: more may come while they are written. */
async function pauseAndKeep(ears: Ears, id: string, turn: number): Promise<void> {
  while (ears.paused || ears.typed.length > 0) {
    if (ears.typed.length > 0) {
      await keepTyped({ session: id, typed: ears.typed.splice(0) });
    } else {
      setCurrentDetails(`**Paused** before turn ${turn}`);
      await condition(() => !ears.paused || ears.typed.length > 0);
    }
  }
}

async function runTools(of: { session: string; spec: string; turn: number }, host: string, work: ToolWork): Promise<void> {
  if (work.kind === 'command') {
    setCurrentDetails(`Turn ${of.turn}: a command runs`);
    const { runCommand } = proxyActivities<ToolActivities>(commandOn(host));
    await runCommand.executeWithOptions({ ...commandOn(host), summary: `turn ${of.turn}: command` }, [{ ...of, call: work.from }]);
  } else {
    setCurrentDetails(`Turn ${of.turn}: tools`);
    const { runQuickTools } = proxyActivities<ToolActivities>(quickToolsOn(host));
    await runQuickTools.executeWithOptions({ ...quickToolsOn(host), summary: `turn ${of.turn}: tools` }, [{ ...of, ...work }]);
  }
}

/** After a kill: no process of the session goes on, and whoever wrote to it is told. */
async function cleanUp(host: string, turn: number): Promise<void> {
  const { workflowId: id } = workflowInfo();
  const end: SessionEnd = { outcome: 'killed', rule: 'killed', because: 'The session was killed.' };
  const { reapSession } = proxyActivities<ToolActivities>(reapOn(host));
  await Promise.all([endSession({ session: id, turn, end, evenWithMail: true }), reapSession({ session: id }).catch(unlessHostIsDown)]);
}

/** A host that does not answer reaps what it finds when it starts. */
function unlessHostIsDown(error: unknown): void {
  if (!(error instanceof ActivityFailure)) throw error;
}
