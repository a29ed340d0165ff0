// `signalbox explain`: the trace of decisions, as recorded.
import { explain } from '../explain.ts';
import { withDoors } from './doors.ts';
import { findWork } from './find-work.ts';
import { dim, print, printJson, table } from './output.ts';

export async function explainDecisions(named: string, options: { json?: true; facts?: true }): Promise<void> {
  const { decisions, words } = await withDoors(async ({ client, store }) => {
    const { workflowId } = await findWork(client, named);
    return { decisions: await explain(store, workflowId), words: await store.custody.words({ request: workflowId }) };
  });
  if (options.json === true) return decisions.forEach(printJson);
  if (decisions.length === 0) return print('Nothing was decided here: sessions do what their model says; their task decides.');
  const rows = [
    ...decisions.map(({ seq, at, rule, because, action }) => ({ at, row: [String(seq), time(at), rule, kindOf(action), because] })),
    // In whose hands a request is: a person's word, and no decision of ours.
    ...words.map(({ at, by, word, policy, because }) => ({
      at,
      row: ['', time(at), by, policy === null ? word : `${word} (${policy})`, because],
    })),
  ];
  rows.sort((a, b) => a.at - b.at);
  print(
    table(
      ['#', 'at', 'rule', 'action', 'because'],
      rows.map(({ row }) => row),
    ),
  );
  if (options.facts === true)
    for (const { seq, facts } of decisions) print(`\n${dim(`facts of ${seq}`)}\n${JSON.stringify(facts, null, 2)}`);
}

const time = (at: number): string => new Date(at).toISOString().slice(11, 19);
const kindOf = (action: unknown): string => (action as { kind?: string }).kind ?? '';
