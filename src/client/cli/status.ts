// `signalbox status`: a briefing without a model, for who runs it, for who waits for it, or for anybody. It answers also when nothing runs:
// that is a status too.
import { setTimeout as sleep } from 'node:timers/promises';
import { readRunRecord } from '../../config/run-records.ts';
import { inWords } from '../forge-use.ts';
import { AUDIENCES, briefing, type Audience, type Briefing } from './briefing.ts';
import { configHere, withDoors } from './doors.ts';
import { waitingTable } from './outbox.ts';
import { age, bold, dim, green, print, printJson, red, table } from './output.ts';
import { Problem } from './problem.ts';
import { running } from './processes.ts';

export interface StatusOptions {
  readonly json?: true;
  readonly audience: string;
  readonly watch?: true;
}

const EVERY_MS = 2_000;
const CLEAR = '\u001b[2J\u001b[H';
const NOTHING: Briefing = { running: [], waiting: [], next: [], done: [], problems: [], forge: null };

export async function status({ json, audience: wanted, watch }: StatusOptions): Promise<void> {
  const audience = AUDIENCES.find((one) => one === wanted);
  if (audience === undefined) throw new Problem(`There is no audience ${JSON.stringify(wanted)}; there are ${AUDIENCES.join(', ')}.`);
  if (watch !== true) return show(audience, json === true);
  for (;;) {
    if (process.stdout.isTTY && json !== true) process.stdout.write(CLEAR);
    await show(audience, json === true);
    await sleep(EVERY_MS);
  }
}

async function show(audience: Audience, json: boolean): Promise<void> {
  const { data } = configHere();
  const [temporal, worker, gateway] = await Promise.all([running(data, 'temporal'), running(data, 'worker'), running(data, 'gateway')]);
  const seen = await withDoors((doors) => briefing(doors, audience)).catch((error: unknown) => {
    if (error instanceof Problem) return error;
    throw error;
  });
  const trouble = seen instanceof Problem ? seen.message : null;
  const brief = seen instanceof Problem ? NOTHING : seen;
  const machine = audience === 'owner' ? { temporal: temporal ?? null, worker: worker ?? null, gateway: gateway ?? null } : {};
  if (json) return printJson({ ...machine, ...brief, trouble });

  if (audience === 'owner') {
    const lives = (is: boolean): string => (is ? green('up') : red('down'));
    const ui = readRunRecord(data, 'temporal')?.ui;
    const given = temporal === undefined && process.env['TEMPORAL_ADDRESS'] !== undefined;
    print(`Temporal ${given ? 'given by TEMPORAL_ADDRESS' : lives(temporal !== undefined)}${ui === undefined ? '' : dim(`   ${ui}`)}`);
    print(`worker   ${lives(worker !== undefined)}`);
    print(`gateway  ${lives(gateway !== undefined)}${gateway?.address === undefined ? '' : dim(`   ${gateway.address}`)}`);
    if (brief.forge !== null) print(`forge    ${inWords(brief.forge)}`);
  }
  if (trouble !== null) return print(`\n${red(trouble)}`);
  printBriefing(brief, audience);
}

function printBriefing({ running: work, waiting, next, done, problems }: Briefing, audience: Audience): void {
  const section = (title: string, rows: readonly string[][], head: readonly string[]): void =>
    print(`\n${bold(title)}\n${rows.length === 0 ? 'nothing' : table(head, rows)}`);
  const since = (at: string): string => age(new Date(at));
  section(
    'In work',
    work.map(({ id, name, phase, because, startedAt }) => [
      audience === 'owner' ? id : name,
      phase ?? '',
      ...(audience === 'external' ? [] : [short(because ?? '')]),
      since(startedAt),
    ]),
    ['what', 'phase', ...(audience === 'external' ? [] : ['why']), 'age'],
  );
  if (audience !== 'external') {
    print(`\n${bold(audience === 'owner' ? 'Waiting for you' : 'Waiting for a decision')}`);
    print(waiting.length === 0 ? 'nothing' : waitingTable(waiting));
    if (waiting.length > 0 && audience === 'owner') print(dim('Next: signalbox approve | reject | answer | outbox ack <item>'));
    if (next.length > 0)
      section(
        'Next',
        next.map(({ what, at }) => [what, at.slice(0, 16).replace('T', ' ')]),
        ['what', 'when (UTC)'],
      );
  }
  section(
    'Done today',
    done.map(({ what, how, at }) => [what, how, since(at)]),
    ['what', 'how', 'ago'],
  );
  if (problems.length > 0) print(`\n${bold('Trouble')}\n${problems.map((one) => red(one)).join('\n')}`);
}

const LONGEST = 80;
const short = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`);
