// What is seen of a request besides what its gates want to know: what people say, why checks failed, what is left when it has ended.
import type { MergeRequestSnapshot } from '../../contracts/merge-request-snapshot.ts';
import type { NewMergeRequest } from '../../contracts/merge-request.ts';
import type { ForgeFacts } from '../../contracts/gates.ts';
import { unlessGone } from '../forge/errors.ts';
import type { Talk } from '../forge/provider.ts';
import type { MergeRequestRef } from '../../contracts/work.ts';
import { mayAsk } from '../../policies/merge-request-facts.ts';
import { wordsOf } from '../../policies/triage.ts';
import type { Store } from '../../store/store.ts';
import { readFailures } from './failures.ts';
import { commentsOf, type Said } from './comments.ts';
import { speakersIn } from './spoken.ts';
import { withTriage } from './triaged.ts';
import type { Reader } from './reader.ts';

export interface ReadRequest {
  readonly snapshot: MergeRequestSnapshot;
  /** The comments with their whole texts, by their keys. */
  readonly said: ReadonlyMap<string, Said>;
}

/**
 * @param heads ours, oldest first: where the request shows another one than the newest, the branch is asked
 * @param talk what people have said
 * @throws what the forge throws: it is away, or there is no such request
 */
export async function readRequest(
  reader: Reader & { readonly store: Pick<Store, 'ledger'> },
  { ref, issue, work: { branch, from } }: Pick<NewMergeRequest, 'ref' | 'issue' | 'work'>,
  facts: ForgeFacts,
  heads: readonly string[],
  talk: Talk,
): Promise<ReadRequest> {
  const { forge, memory, store } = reader;
  const asker = issue === null ? null : await memory.authorOf(ref, issue);
  const isOpen = facts.state === 'open';
  const [said, failures, issueNow, branchSha, into] = await Promise.all([
    speakersIn(store, ref, talk)
      .then((speakers) => commentsOf(memory, ref, talk, asker, speakers))
      .then((all) => withTriage(store, ref, all))
      .then((all) => Promise.all(all.map((one) => toBeAsked(reader, ref, one)))),
    isOpen ? readFailures(reader, ref, facts, heads) : [],
    // Deleted or moved away: nothing is to be done about it then.
    isOpen || issue === null ? null : unlessGone(() => forge().issue({ ...ref, number: issue })),
    isOpen && facts.head === heads.at(-1) ? null : forge().branchAt(from ?? ref, branch),
    // Into a branch of a fork there are none here, whatever else has its name.
    facts.state === 'merged' && from === undefined ? forge().openRequests(ref, branch) : [],
  ]);
  return {
    snapshot: {
      forge: facts,
      comments: said.map(({ comment }) => comment),
      failures,
      issue: issueNow?.state ?? null,
      branchSha,
      downstream: into.map(({ number }) => number).sort((a, b) => a - b),
    },
    said: new Map(said.map((one) => [one.comment.key, one])),
  };
}

/** What a model will be asked about is in the store before that is decided. */
async function toBeAsked({ memory, keep }: Reader, ref: MergeRequestRef, one: Said): Promise<Said> {
  const { comment } = one;
  if (comment.triage !== 'unsure' || !mayAsk(comment)) return one;
  const name = `words ${ref.owner}/${ref.repo}#${ref.number} ${comment.key}`;
  return { ...one, comment: { ...comment, text: await memory.remembered(name, () => keep(wordsOf(one.text))) } };
}
