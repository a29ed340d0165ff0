// Ends all that works: of a workspace, or all there is. What would end is looked up first, so that a person may see it before it does.
import { sayOfCustody } from '../activities/merge-request/say-of-custody.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { kill, type KillOutcome } from './kill.ts';
import type { Doors } from './send.ts';

export interface Victim {
  readonly id: string;
  readonly kind: 'task' | 'review' | 'session' | 'mergeRequest';
}

/** `paused`: a request is paused until somebody resumes it, and only what runs for it ends. */
export type KilledAll = Victim & { readonly outcome: KillOutcome | 'paused' };

/** Each waits for a clean-up. */
const AT_ONCE = 10;

/** What runs and belongs to nothing else that runs, but for requests: what these have started is named beside them. */
export async function victims({ client }: Pick<Doors, 'client'>, workspace?: string): Promise<Victim[]> {
  const { name } = searchAttributes.workspace;
  const query = [
    "WorkflowType IN ('task', 'session', 'review', 'mergeRequest') AND ExecutionStatus = 'Running'",
    ...(workspace === undefined ? [] : [`${name} = '${workspace.replaceAll("'", "''")}'`]),
  ].join(' AND ');
  const found: Victim[] = [];
  for await (const { workflowId: id, type, parentExecution } of client.workflow.list({ query }))
    if (isOnItsOwn(parentExecution?.workflowId ?? null)) found.push({ id, kind: type as Victim['kind'] });
  return found;
}

/** Requests rest first, so that none goes on with what has ended; then everything else is killed. */
export async function killAll(doors: Doors, all: readonly Victim[], by: string, reason: string): Promise<KilledAll[]> {
  const because = `Everything was killed: ${reason}`;
  const [requests, rest] = [all.filter(({ kind }) => kind === 'mergeRequest'), all.filter(({ kind }) => kind !== 'mergeRequest')];
  const paused = await Promise.all(
    requests.map(async (one): Promise<KilledAll> => {
      const { state } = await sayOfCustody(doors, 'pause', { request: one.id, by, because });
      return { ...one, outcome: state === 'said' || state === 'already' ? 'paused' : await kill(doors, one.id, by, reason) };
    }),
  );
  const killed: KilledAll[] = [];
  for (let at = 0; at < rest.length; at += AT_ONCE)
    killed.push(
      ...(await Promise.all(rest.slice(at, at + AT_ONCE).map(async (one) => ({ ...one, outcome: await kill(doors, one.id, by, reason) })))),
    );
  return [...paused, ...killed];
}

const isOnItsOwn = (parent: string | null): boolean => parent === null || parent.startsWith('mr/');
