// `signalbox kill`: on record, with who and why.
import { userInfo } from 'node:os';
import { kill } from '../kill.ts';
import { withDoors } from './doors.ts';
import { findWork } from './find-work.ts';
import { print, printJson } from './output.ts';

export async function killWorkflow(named: string, options: { json?: true; reason: string }): Promise<void> {
  const { id, outcome } = await withDoors(async (doors) => {
    const { workflowId } = await findWork(doors.client, named);
    return { id: workflowId, outcome: await kill(doors, workflowId, userInfo().username, options.reason) };
  });
  if (options.json === true) return printJson({ id, outcome });
  print(
    outcome === 'had ended'
      ? `${id} had ended already.`
      : `${id} was ${outcome === 'cancelled' ? 'killed' : 'terminated: it did not answer'}.`,
  );
}
