// What a request reads from: the state as it is, or, in what lags and under the fault `stale`, as it was a moment ago.
import type { Forge } from '../forge.ts';
import type { Scope } from './faults.ts';
import type { Reader } from '../state/state.ts';

export function readerFor(forge: Forge, route: string, lags: boolean, scope: Scope): Reader {
  const stale = forge.faults.strike(route, 'before', scope, ['stale']);
  if (stale?.kind === 'stale') return forge.state.asOf(Date.now() - stale.ms);
  const lag = lags ? forge.random.within(forge.settings.delays.lists) : 0;
  return lag > 0 ? forge.state.asOf(Date.now() - lag) : forge.state;
}
