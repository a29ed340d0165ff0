// `signalbox mr show`: one request, in whose hands it is, how its gates stand, what it waits for; with --why, how it came to that.
import type { Gate, ProofRecord } from '../../contracts/proof.ts';
import type { Store } from '../../store/store.ts';
import { workflowStatus } from '../../activities/task/begin.ts';
import { explain } from '../explain.ts';
import { why } from '../why.ts';
import { withDoors } from './doors.ts';
import { asks } from './find-item.ts';
import { stateOf } from './mr.ts';
import { age, bold, dim, green, print, printJson, red, table, yellow } from './output.ts';
import { inHand, nameOf, requestNamed } from './request-name.ts';

export async function showRequest(named: string, options: { json?: true; why?: true; limit: number; all?: true }): Promise<void> {
  const shown = await withDoors(async ({ config, store, client }) => {
    const custody = await inHand(store, await requestNamed(config, named));
    const id = custody.request;
    const [last] = await explain(store, id, (await store.decisions.last({ workflow: id })) - 1);
    return {
      request: nameOf(id),
      custody,
      runs: (await workflowStatus(client, id)) === 'RUNNING',
      last: last ?? null,
      words: await store.custody.words({ request: id }),
      waiting: (await store.outbox.waiting({})).filter((item) => asks(item, id)),
      merged: (await store.merges.logged({ request: id })) ?? null,
      aftermath: await store.merges.aftermathOf({ request: id }),
      proven: await provenOf(store, id),
      wakeUps: isWhy(options) ? await why(store, id, options.all === true ? Number.MAX_SAFE_INTEGER : options.limit) : [],
    };
  });
  if (options.json === true) return printJson(shown);
  const { request, custody, runs, words, last, waiting, merged, proven, wakeUps } = shown;
  const since = dim(`${age(new Date(custody.since))} since it was handed over`);
  print(`${bold(request)}  ${custody.policy}  ${stateOf({ state: custody.state, runs })}  ${since}`);
  if (last !== null) print(`decided   ${last.because} ${dim(`(${last.rule}, decision ${last.seq})`)}`);
  for (const { question, accepts, id } of waiting) print(`waits     ${question} ${dim(`(${accepts.join(', ') || 'ack'} ${id})`)}`);
  if (merged !== null)
    print(`merged    ${merged.sha} by ${merged.by}${merged.unmet.length > 0 ? `, without ${merged.unmet.join(', ')}` : ''}`);
  for (const { kind, what, by, title } of shown.aftermath) print(`after     ${kind}: ${what} by ${by} (${title})`);

  // Of what is merged, those that it was merged by: what is looked at now says nothing of that.
  const gates = proven?.gates ?? (last?.facts as { gates?: readonly Gate[] } | null | undefined)?.gates ?? [];
  const rows = gates.filter(({ needed }) => needed).map((gate) => [gate.name, standing(gate), gate.because]);
  if (rows.length > 0) print(`\n${table(['gate', '', 'because'], rows)}`);
  const said = words.map(({ at, by, word, policy, because }) => [time(at), by, policy === null ? word : `${word} (${policy})`, because]);
  print(`\n${table(['at', 'who', 'said', 'because'], said)}`);
  for (const { at, seq, seen, rule, because, did } of wakeUps) {
    print(`\n${time(at)}  ${dim(`decision ${seq}`)}`);
    print(`  seen  ${seen.join('; ') || 'nothing new'}\n  rule  ${bold(rule)}: ${because}\n  did   ${did}`);
  }
  if (!isWhy(options)) print(dim(`\nNext: signalbox mr show ${request} --why`));
}

/** The proof record of a merge; null where it is not merged, or merged without one. */
async function provenOf(store: Store, request: string): Promise<ProofRecord | null> {
  const entry = await store.merges.logged({ request });
  const bytes = entry && (await store.blobs.get({ digest: entry.proof }));
  return bytes === undefined ? null : (JSON.parse(new TextDecoder().decode(bytes)) as ProofRecord);
}

const isWhy = ({ why, all }: { why?: true; all?: true }): boolean => why === true || all === true;

const time = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
const standing = ({ met, pending }: Gate): string => (met ? green('met') : pending ? yellow('waits') : red('missing'));
