// `signalbox list`: one line a task or session.
import { withDoors } from './doors.ts';
import { age, dim, print, printJson, table } from './output.ts';
import { coloured, listWork } from './work.ts';

export async function list(options: { json?: true; all?: true }): Promise<void> {
  const work = await withDoors(({ client }) => listWork(client, { all: options.all === true }));
  if (options.json === true) return work.forEach(printJson);
  if (work.length === 0)
    return print(options.all === true ? 'Nothing yet.' : `Nothing runs. ${dim('signalbox list --all shows what has ended.')}`);
  const rows = work.map(({ id, kind, state, phase, startedAt }) => [id, kind, coloured(state), phase ?? '', age(new Date(startedAt))]);
  print(table(['id', 'kind', 'state', 'phase', 'age'], rows));
}
