// What a request shows of itself, and what people have made of that: the proof and the footer in its description, the status comment. What was
// shown is read from the ledger.
import type { MergeRequestFacts } from './merge-request-facts.ts';
import { textHash } from './text-hash.ts';

// Proof

/** Digests of what the description was made to show, oldest first. */
const proofsShown = ({ done }: MergeRequestFacts): string[] =>
  Object.keys(done)
    .map((name) => /^proof\/(\d+)\/(.+)$/.exec(name))
    .filter((match) => match !== null)
    .sort(([, a], [, b]) => Number(a) - Number(b))
    .map(([, , digest = '']) => digest);

export const proofName = (facts: MergeRequestFacts): string => `proof/${proofsShown(facts).length}/${facts.proof}`;

/** A section that a person has taken out stays out; one that a person has changed is left until there is news. */
export function isProofOutdated(facts: MergeRequestFacts): boolean {
  const shown = proofsShown(facts);
  return facts.custody.policy === 'merge' && shown.at(-1) !== facts.proof && (shown.length === 0 || facts.now.forge.showsProof);
}

// Footer

const FOOTER = 'footer/';

/**
 * What people have made of the footer, named by how it looks: each is put right once, so who takes it out again has the last word. Null
 * where it is as it has to be.
 */
export function footerName({ footer, now, custody, done }: MergeRequestFacts): string | null {
  const { footers } = now.forge;
  if (footer === null || custody.policy === 'watch' || (footers.length === 1 && footers[0] === footer)) return null;
  const name = `${FOOTER}${textHash(JSON.stringify([footer, footers]))}`;
  return done[name] === undefined ? name : null;
}

// What people are told

/** What the names of the status comment's effects begin with. */
export const STATUS = 'status/';
const STATUS_NAME = /^status\/(\d+)\/(.+)$/;

export interface StatusShown {
  readonly hash: string;
  readonly comment: number | null;
}

/** The comment to edit; null where one has to be made. What could not be edited is gone, or out of reach. */
export function statusComment(facts: Pick<MergeRequestFacts, 'done' | 'statusBefore'>): number | null {
  const [first] = statusesShown(facts);
  return first === undefined ? facts.statusBefore : first.comment;
}

/** What the status comment was made to say, oldest first. */
export const statusesShown = ({ done }: Pick<MergeRequestFacts, 'done'>): StatusShown[] =>
  Object.entries(done)
    .map(([name, outcome]) => ({ match: STATUS_NAME.exec(name), outcome }))
    .filter(({ match }) => match !== null)
    .sort((a, b) => Number(a.match?.[1]) - Number(b.match?.[1]))
    .map(({ match, outcome }) => ({
      hash: match?.[2] ?? '',
      comment: outcome.state === 'done' ? Number((outcome.result as { readonly id: number | string }).id) : null,
    }));
