// `signalbox down`: the worker first, so that it finishes what it is about, then Temporal. Commands of sessions go on: they are jobs of the host.
import { TIMEOUTS } from '../../contracts/timeouts.ts';
import { configHere } from './doors.ts';
import { print, printJson } from './output.ts';
import { stop } from './processes.ts';

export async function down(options: { json?: true }): Promise<void> {
  const { data } = configHere();
  const worker = await stop(data, 'worker', TIMEOUTS.shutdownForce + 2_000);
  const temporal = await stop(data, 'temporal', 10_000);
  if (options.json === true) return printJson({ worker: worker ?? 'not running', temporal: temporal ?? 'not running' });
  print(
    worker === undefined && temporal === undefined
      ? 'Nothing was running.'
      : `Worker ${worker ?? 'was not running'}, Temporal ${temporal ?? 'was not running'}.`,
  );
}
