// `signalbox down`: the gateway and the worker first, so that they finish what they are about, then Temporal. Commands of sessions go on: they
// are jobs of the host.
import type { ProcessName } from '../../config/run-records.ts';
import { TIMEOUTS } from '../../contracts/timeouts.ts';
import { configHere } from './doors.ts';
import { print, printJson } from './output.ts';
import { stop } from './processes.ts';

export async function down(options: { json?: true }): Promise<void> {
  const { gateway, worker, temporal } = await stopAll(configHere().data);
  const notRunning = 'not running';
  if (options.json === true)
    return printJson({ gateway: gateway ?? notRunning, worker: worker ?? notRunning, temporal: temporal ?? notRunning });
  print(
    gateway === undefined && worker === undefined && temporal === undefined
      ? 'Nothing was running.'
      : `Gateway ${gateway ?? 'was not running'}, worker ${worker ?? 'was not running'}, Temporal ${temporal ?? 'was not running'}.`,
  );
}

/** How each process ended; undefined for what did not run. */
export async function stopAll(data: string): Promise<Readonly<Record<ProcessName, 'stopped' | 'killed' | undefined>>> {
  const gateway = await stop(data, 'gateway', 5_000);
  const worker = await stop(data, 'worker', TIMEOUTS.shutdownForce + 2_000);
  const temporal = await stop(data, 'temporal', 10_000);
  const [forge, model] = await Promise.all([stop(data, 'forge', 5_000), stop(data, 'model', 5_000)]);
  return { gateway, worker, temporal, forge, model };
}
