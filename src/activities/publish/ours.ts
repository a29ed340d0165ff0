// What everything that we say ends with: a line for people, that it is ours and where more is told (M2), and the signed mark by which we find it
// again. Both are added after neutralisation: nothing that comes out of a model or a repository can bring them along.
import type { Call } from '../effects/effect.ts';

export interface Source {
  /** Page that says what Signalbox is, here (`SIGNALBOX_URL`); null: the link is about the work itself. */
  readonly home: string | null;
  /** Page that tells how the work stands. */
  readonly about: string;
}

export const marker = ({ mark }: Pick<Call, 'mark'>): string => `<!-- ${mark} -->`;

/** A text as it is published in an issue or a request. */
export function ours(text: string, { home, about }: Source, call: Pick<Call, 'mark'>): string {
  const who = home === null ? 'Signalbox' : `[Signalbox](${home})`;
  return `${text}\n\n<sub>${who} wrote this: [how it stands](${about}).</sub>\n\n${marker(call)}`;
}
