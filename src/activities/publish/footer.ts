// The footer of a request's description: by which task, pipeline and session it was written (M2). Ours between two marks, so that it is found again
// whatever people make of the rest; one, also after edits.
import type { Pipeline } from '../../contracts/plan.ts';

const BEGIN = '<!-- signalbox:footer -->';
const END = '<!-- /signalbox:footer -->';

export interface Origin {
  readonly task: string;
  readonly pipeline: Pipeline;
  /** Key of the session that has made the change; null where somebody else had pushed it. */
  readonly session: string | null;
  /** Login of the person in whose name it was opened; undefined where it was nobody's. */
  readonly onBehalfOf?: string | undefined;
}

export function footerOf({ task, pipeline, session, onBehalfOf }: Origin): string {
  const origin =
    session === null
      ? `Found on its branch and proposed by Signalbox: task \`${task}\`.`
      : `Written by an agent under Signalbox: task \`${task}\`, pipeline \`${pipeline}\`, session \`${session}\`.`;
  const disclosed = onBehalfOf === undefined ? '' : ` Opened by Signalbox on behalf of @${onBehalfOf}.`;
  return [BEGIN, '---', `${origin}${disclosed}`, END].join('\n');
}

/** Footers of ours, with their marks or, as they were once, without. */
const FOOTER = new RegExp(
  `${BEGIN}[^]*?${END}|(?<=^|\\n)---\\n(?:Written by an agent under|Found on its branch and proposed by) Signalbox: task [^\\n]*`,
  'g',
);

/** Every footer that a description has. */
export const footersIn = (description: string): string[] => description.replaceAll('\r\n', '\n').match(FOOTER) ?? [];

/** A description with this footer alone: where its first one was, or at the end. */
export function withFooter(description: string, footer: string): string {
  const text = description.replaceAll('\r\n', '\n');
  if (footersIn(text).length === 0) return `${text.trimEnd()}\n\n${footer}\n`.trimStart();
  let placed = false;
  return text.replaceAll(FOOTER, () => {
    const first = !placed;
    placed = true;
    return first ? footer : '';
  });
}
