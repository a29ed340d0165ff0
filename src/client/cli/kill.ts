// `signalbox kill`: on record, with who and why. What ends more than one thing is asked for first.
import { createInterface } from 'node:readline/promises';
import { forgeHost } from '../../contracts/work.ts';
import { chooseSandbox } from '../../sandbox/probe.ts';
import { kill } from '../kill.ts';
import { killAll, victims, type KilledAll, type Victim } from '../kill-all.ts';
import { cleanWorktree } from '../worktrees.ts';
import { withDoors, type Doors } from './doors.ts';
import { findWork } from './find-work.ts';
import { note, print, printJson, table } from './output.ts';
import { person } from './person.ts';
import { Problem } from './problem.ts';

interface Options {
  readonly json?: true;
  readonly reason: string;
}

/** What became of a worktree; null: it stays, as the setting says or because it is elsewhere. */
type WithWorktree<Killed> = Killed & { readonly worktree: string | null };

export async function killWorkflow(named: string, options: Options): Promise<void> {
  const { id, outcome, worktree } = await withDoors(async (doors) => {
    const { workflowId } = await findWork(doors.client, named);
    const killed = { id: workflowId, outcome: await kill(doors, workflowId, person(), options.reason) };
    return withWorktree(doors, killed);
  });
  if (options.json === true) return printJson({ id, outcome, ...(worktree !== null && { worktree }) });
  print(inWords({ id, outcome, worktree }));
}

/** `kill --workspace` and `kill --all`. @throws Problem where nobody can be asked and `--yes` is missing */
export async function killMany(options: Options & { readonly workspace?: string; readonly yes?: true }): Promise<void> {
  const killed = await withDoors(async (doors) => {
    const all = await victims(doors, options.workspace);
    if (all.length > 0 && options.yes !== true) await confirm(all);
    const done: WithWorktree<KilledAll>[] = [];
    for (const one of await killAll(doors, all, person(), options.reason)) done.push(await withWorktree(doors, one));
    return done;
  });
  if (options.json === true) return killed.forEach(printJson);
  if (killed.length === 0) return print('Nothing runs that could be killed.');
  for (const one of killed) print(inWords(one));
}

async function confirm(all: readonly Victim[]): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new Problem(`That would end ${all.length} tasks, sessions and requests. Say --yes to do it without being asked.`);
  note(
    table(
      ['kind', 'would end'],
      all.map(({ kind, id }) => [kind, kind === 'mergeRequest' ? `${id} (paused)` : id]),
    ),
  );
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asked.question('End all of that? [y/N] ');
  asked.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Problem('Nothing was done.');
}

/** A task's or request's worktree goes with it where that is set; what is not published becomes a snapshot, as with `worktree clean`. */
async function withWorktree<Killed extends { readonly id: string }>(doors: Doors, killed: Killed): Promise<WithWorktree<Killed>> {
  const { config, store, client } = doors;
  if (config.killedWorktrees === 'keep') return { ...killed, worktree: null };
  const chosen = await chooseSandbox({ unsandboxed: config.unsandboxed });
  if (!chosen.ok) return { ...killed, worktree: `kept: ${chosen.problem}` };
  const git = { root: `${config.data}/git`, sandbox: chosen.sandbox };
  const deps = { store, client, git, forgeHost: forgeHost(config.github.apiUrl) };
  const retired = await cleanWorktree(deps, killed.id, Math.floor(Date.now() / 1_000));
  if (retired.kind === 'kept') return { ...killed, worktree: `kept: ${retired.because}` };
  return { ...killed, worktree: retired.snapshot === null ? 'removed' : 'removed, with a snapshot' };
}

function inWords({ id, outcome, worktree }: WithWorktree<Pick<KilledAll, 'id' | 'outcome'>>): string {
  const so = {
    cancelled: 'was killed',
    terminated: 'was terminated: it did not answer',
    'had ended': 'had ended already',
    paused: 'is paused until it is resumed',
  };
  return `${id} ${so[outcome]}.${worktree === null ? '' : ` Its worktree is ${worktree}.`}`;
}
