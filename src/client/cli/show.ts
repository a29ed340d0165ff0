// `signalbox show`: one task or session as it stands now.
import { withDoors } from './doors.ts';
import { findWork } from './find-work.ts';
import { age, bold, dim, print, printJson, table } from './output.ts';
import { asWork, coloured, listWork } from './work.ts';

const MOST_DECISIONS = 1_000;

export async function show(named: string, options: { json?: true }): Promise<void> {
  const shown = await withDoors(async ({ client, store }) => {
    const work = asWork(await findWork(client, named));
    const children = (await listWork(client, { all: true })).filter(({ parent }) => parent === work.id);
    const decisions = await store.decisions.trace({ workflow: work.id, after: 0, limit: MOST_DECISIONS });
    const waiting = await store.outbox.waiting({ askedBy: work.id });
    const mail = await store.mail.take({ address: work.id });
    return { work, children, last: decisions.at(-1) ?? null, decisions: decisions.length, waiting, mail };
  });
  if (options.json === true) return printJson(shown);
  const { work, children, last, waiting, mail } = shown;
  print(`${bold(work.id)}  ${work.kind}  ${coloured(work.state)}  ${dim(`${age(new Date(work.startedAt))} old`)}`);
  if (work.phase !== null) print(`phase     ${work.phase}`);
  if (last !== null) print(`decided   ${last.because} ${dim(`(${last.rule}, decision ${last.seq})`)}`);
  if (mail.length > 0) print(`unseen    ${mail.length} message${mail.length === 1 ? '' : 's'}`);
  for (const item of waiting) print(`waits     ${item.question} ${dim(item.id)}`);
  if (children.length > 0)
    print(
      `\n${table(
        ['session', 'state', 'age'],
        children.map((child) => [child.id, coloured(child.state), age(new Date(child.startedAt))]),
      )}`,
    );
  print(dim(`\nNext: signalbox explain ${work.id}`));
}
