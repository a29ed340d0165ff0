// A person's word on whose hands a request is in: first the row, which everything that touches the request looks at, then the nudge.
import type { Client } from '@temporalio/client';
import type { CustodyOutcome } from '../../contracts/custody.ts';
import type { Store } from '../../store/store.ts';
import { nudge } from '../mail/nudge.ts';

/** Said again it changes nothing, and mends what a crash between row and nudge has left. `runs`: whether its owner was told. */
export async function sayOfCustody(
  doors: { readonly store: Store; readonly client: Client },
  word: 'pause' | 'resume' | 'release',
  said: { readonly request: string; readonly by: string; readonly because: string },
): Promise<CustodyOutcome & { readonly runs: boolean }> {
  const outcome = await doors.store.custody.say({ ...said, word });
  const runs = outcome.state !== 'unknown' && outcome.state !== 'over' && (await nudge(doors, said.request));
  return { ...outcome, runs };
}
