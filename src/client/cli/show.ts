// `signalbox show`: one task, review, request or session as it stands now, with everything below it.
import type { Cost } from '../../activities/session/cost.ts';
import { identityName, purposesOf } from '../../contracts/identity.ts';
import type { MergeRequestInput } from '../../contracts/merge-request.ts';
import { sourceOfTask } from '../../contracts/task.ts';
import type { StandingPhase } from '../../policies/phases.ts';
import { inputOf } from '../input-of.ts';
import { withDoors, type Doors } from './doors.ts';
import { asks } from './find-item.ts';
import { findWork } from './find-work.ts';
import { age, bold, dim, green, print, printJson, red, table, yellow } from './output.ts';
import { nameOf } from './request-name.ts';
import { shown, type Node, type ShownFinding } from './shown.ts';
import { asWork, coloured } from './work.ts';

export async function show(named: string, options: { json?: true }): Promise<void> {
  const all = await withDoors(async ({ client, store }) => {
    const work = asWork(await findWork(client, named));
    const { tree, phases, findings } = await shown({ client, store }, work);
    const waiting = (await store.outbox.waiting({})).filter((item) => asks(item, work.id));
    const mail = await store.mail.take({ address: work.id });
    const [after, followers] = [await store.chains.before({ task: work.id }), await store.chains.followers({ after: work.id })];
    const { children, cost, last } = tree;
    const as = await identityOf({ client, store }, work.id);
    return { work, as, after, followers, cost, last, waiting, mail, phases, children, findings };
  });
  if (options.json === true) return printJson(all);
  const { work, as, after, followers, cost, last, waiting, mail, phases, children, findings } = all;
  print(`${bold(work.id)}  ${work.kind}  ${coloured(work.state)}  ${dim(`${age(new Date(work.startedAt))} old`)}`);
  if (as !== null) print(`as        ${identityName(as)} ${dim(`(for ${purposesOf(as).join(', ')})`)}`);
  if (work.phase !== null) print(`phase     ${work.phase}`);
  if (last !== null) print(`decided   ${last.because} ${dim(`(${last.rule}, decision ${last.seq})`)}`);
  if (after.length > 0) print(`after     ${after.join(', ')}`);
  if (followers.length > 0) print(`before    ${followers.join(', ')}`);
  if (cost.turns > 0) print(`spent     ${spent(cost)}`);
  if (mail.length > 0) print(`unseen    ${mail.length} message${mail.length === 1 ? '' : 's'}`);
  for (const { question, accepts, id } of waiting) print(`waits     ${question} ${dim(`(${accepts.join(', ') || 'ack'} ${id})`)}`);
  if (phases.length > 0) print(`\n${phaseTable(phases)}`);
  if (children.length > 0) print(`\n${treeTable(work.id, children)}`);
  if (findings.length > 0) print(`\n${findingsTable(findings)}`);
  print(dim(`\nNext: signalbox explain ${work.id}`));
}

/** Identity that a task or a request was begun as; null: the installation's own account. */
async function identityOf({ client, store }: Pick<Doors, 'client' | 'store'>, id: string): Promise<string | null> {
  const source = sourceOfTask(id);
  if (source !== undefined)
    return (await store.sources.generations(source)).find(({ generation }) => generation === source.generation)?.as ?? null;
  return id.startsWith('mr/') ? ((await inputOf<MergeRequestInput>(client, id))?.work.as ?? null) : null;
}

export const phaseTable = (phases: readonly StandingPhase[]): string =>
  table(
    ['phase', '', 'because', 'result'],
    phases.map(({ phase, state, because, result }) => [phase, colouredState(state), because, result]),
  );

function colouredState(state: StandingPhase['state']): string {
  if (state === 'done') return green(state);
  return state === 'now' ? yellow(state) : dim(state);
}

/** A line each, indented by depth; ids without what they share with their parents. */
function treeTable(root: string, children: readonly Node[]): string {
  const rows = (nodes: readonly Node[], parent: string, indent: string): string[][] =>
    nodes.flatMap((node, at) => {
      const isLast = at === nodes.length - 1;
      const name = node.id.startsWith(`${parent}/`)
        ? node.id.slice(parent.length + 1)
        : node.kind === 'mergeRequest'
          ? nameOf(node.id)
          : node.id;
      const line = [
        `${dim(`${indent}${isLast ? '└' : '├'} `)}${name}`,
        coloured(node.state),
        took(node),
        spent(node.cost),
        node.gave ?? node.last?.because ?? '',
      ];
      return [line, ...rows(node.children, node.id, `${indent}${isLast ? ' ' : '│'} `)];
    });
  return table(['work', 'state', 'took', 'spent', 'gave'], rows(children, root, ''));
}

const took = ({ startedAt, endedAt }: Node): string => age(new Date(startedAt), endedAt === null ? new Date() : new Date(endedAt));

const findingsTable = (findings: readonly ShownFinding[]): string =>
  table(
    ['finding', 'where', 'what', 'after each round', 'why'],
    findings.map(({ severity, file, line, title, rounds, found, state, reason }) => [
      state === 'open' && (severity === 'critical' || severity === 'major') ? red(severity) : severity,
      `${file}${line === null ? '' : `:${line}`}`,
      title,
      [...Array<string>(found - 1).fill('–'), ...rounds].join(' → '),
      reason,
    ]),
  );

function spent({ turns, tokens, usd, unpriced }: Cost): string {
  if (turns === 0) return '';
  const money = `$${usd.toFixed(2)}${unpriced.length === 0 ? '' : ` and what ${unpriced.join(', ')} costs`}`;
  return `${turns} turn${turns === 1 ? '' : 's'}, ${tokens.toLocaleString('en')} tokens, ${money}`;
}
