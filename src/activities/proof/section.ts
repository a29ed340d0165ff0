// The section of a request's description that shows its proof (M18). Ours between two marks, so that it is kept in sync without touching
// what people write; whatever in it came from models, people or the forge is neutralised.
import type { Gate, MergeLogEntry, ProofRecord } from '../../contracts/proof.ts';
import { neutralLine } from '../publish/neutralise.ts';

const BEGIN = '<!-- signalbox:proof -->';
const END = '<!-- /signalbox:proof -->';
const LONGEST = 300;
const SHORT = 12;

export function proofSection({ gates, head, request }: ProofRecord, merged: MergeLogEntry | null): string {
  const needed = gates.filter((gate) => gate.needed);
  const met = needed.filter((gate) => gate.met);
  return [
    BEGIN,
    `<details><summary><b>Proof</b>: ${met.length} of ${needed.length} gates met for ${head.slice(0, SHORT)}</summary>`,
    '',
    ...(merged === null ? [] : [`${mergedBy(merged)}\n`]),
    '| gate | | why |',
    '|---|---|---|',
    ...gates.map((gate) => `| ${gate.name} | ${stateOf(gate)} | ${cell(gate)} |`),
    '',
    `\`signalbox verify ${request.slice(request.indexOf('/') + 1)}\` holds it against the forge again.`,
    '</details>',
    END,
  ].join('\n');
}

export const showsProof = (description: string): boolean => description.includes(BEGIN);

/** A description with this section in the place of the one that it has, or at its end. */
export function withProof(description: string, section: string): string {
  const from = description.indexOf(BEGIN);
  const to = description.indexOf(END, from);
  if (from < 0 || to < 0) return `${description.trimEnd()}\n\n${section}\n`.trimStart();
  return `${description.slice(0, from)}${section}${description.slice(to + END.length)}`;
}

const stateOf = ({ needed, met, pending }: Gate): string => (!needed ? 'not needed' : met ? '**met**' : pending ? 'waits' : '**missing**');

/** What waits changes from moment to moment, and nobody wants a new edit for each. */
const cell = ({ needed, met, pending, because }: Gate): string =>
  needed && !met && pending ? '' : neutralLine(because).slice(0, LONGEST).replaceAll('|', '\\|');

function mergedBy({ how, by, sha, method, proof, unmet }: MergeLogEntry): string {
  const commit = sha.slice(0, SHORT);
  if (how === 'lane') return `Merged (${method ?? 'merge'}) as ${commit} by ${neutralLine(by)}; proof ${proof.slice(0, SHORT)}.`;
  const missing = unmet.length === 0 ? 'every gate was met' : `not met: ${unmet.join(', ')}`;
  return `Merged as ${commit} by ${neutralLine(by)}, not by Signalbox; ${missing}.`;
}
