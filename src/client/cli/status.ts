// `signalbox status`: a briefing without a model. It answers also when nothing runs: that is a status too.
import { readRunRecord } from '../../config/run-records.ts';
import { configHere, withDoors } from './doors.ts';
import { age, bold, dim, green, print, printJson, red, table } from './output.ts';
import { Problem } from './problem.ts';
import { running } from './processes.ts';
import { listWork } from './work.ts';

export async function status(options: { json?: true }): Promise<void> {
  const { data } = configHere();
  const [temporal, worker] = [await running(data, 'temporal'), await running(data, 'worker')];
  const briefing = await withDoors(async ({ client, store }) => ({
    work: await listWork(client, { all: false }),
    waiting: await store.outbox.waiting({}),
  })).catch((error: unknown) => {
    if (error instanceof Problem) return error;
    throw error;
  });
  const trouble = briefing instanceof Problem ? briefing.message : null;
  const { work, waiting } = briefing instanceof Problem ? { work: [], waiting: [] } : briefing;
  if (options.json === true) return printJson({ temporal: temporal ?? null, worker: worker ?? null, running: work, waiting, trouble });

  const lives = (is: boolean): string => (is ? green('up') : red('down'));
  const ui = readRunRecord(data, 'temporal')?.ui;
  print(
    `Temporal ${temporal === undefined && process.env['TEMPORAL_ADDRESS'] !== undefined ? 'given by TEMPORAL_ADDRESS' : lives(temporal !== undefined)}${ui === undefined ? '' : dim(`   ${ui}`)}`,
  );
  print(`worker   ${lives(worker !== undefined)}`);
  if (trouble !== null) return print(`\n${red(trouble)}`);
  print(`\n${bold('Running')}`);
  print(
    work.length === 0
      ? 'nothing'
      : table(
          ['id', 'phase', 'age'],
          work.map(({ id, phase, startedAt }) => [id, phase ?? '', age(new Date(startedAt))]),
        ),
  );
  print(`\n${bold('Waiting for you')}`);
  print(
    waiting.length === 0
      ? 'nothing'
      : table(
          ['item', 'question', 'age'],
          waiting.map(({ id, question, askedAt }) => [id, question, age(new Date(askedAt))]),
        ),
  );
}
