// `signalbox list`: one line a task, review, session, request or merge lane.
import { withDoors } from './doors.ts';
import { withoutIdle } from './idle.ts';
import { age, dim, print, printJson, table } from './output.ts';
import { coloured, listWork } from './work.ts';

export async function list(options: { json?: true; all?: true }): Promise<void> {
  const work = await withDoors(async ({ client, store }) => {
    const all = await listWork(client, { all: options.all === true });
    return options.all === true ? all : withoutIdle(store, all);
  });
  if (options.json === true) return work.forEach(printJson);
  if (work.length === 0)
    return print(options.all === true ? 'Nothing yet.' : `Nothing runs. ${dim('signalbox list --all shows what has ended.')}`);
  const rows = work.map(({ id, kind, state, phase, startedAt }) => [id, kind, coloured(state), phase ?? '', age(new Date(startedAt))]);
  print(table(['id', 'kind', 'state', 'phase', 'age'], rows));
}
