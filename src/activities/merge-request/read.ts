// What is seen of a request besides what its gates want to know: what people say, why checks failed, what is left when it has ended. GitHub's
// words end here; what comes out is the same for any forge.
import type { MergeRequestSnapshot } from '../../contracts/merge-request-snapshot.ts';
import type { NewMergeRequest } from '../../contracts/merge-request.ts';
import type { ForgeFacts } from '../../contracts/gates.ts';
import type { MergeRequestRef } from '../../contracts/work.ts';
import { statusOf, type Forge } from '../forge/client.ts';
import { readFailures } from './failures.ts';
import { commentsOf, type Said } from './comments.ts';
import type { Talk } from './query.ts';
import type { Reader } from './reader.ts';

const GONE: readonly number[] = [301, 404, 410];

export interface ReadRequest {
  readonly snapshot: MergeRequestSnapshot;
  /** The comments with their whole texts, by their keys. */
  readonly said: ReadonlyMap<string, Said>;
}

/**
 * @param heads ours, oldest first: where the request shows another one than the newest, the branch is asked
 * @param talk what people have said
 * @throws what octokit throws: the forge is away, or there is no such request
 */
export async function readRequest(
  reader: Reader,
  { ref, issue, work: { branch } }: Pick<NewMergeRequest, 'ref' | 'issue' | 'work'>,
  facts: ForgeFacts,
  heads: readonly string[],
  talk: Talk,
): Promise<ReadRequest> {
  const { forge, memory } = reader;
  const asker = issue === null ? null : await memory.authorOf(ref, issue);
  const isOpen = facts.state === 'open';
  const [said, failures, issueState, branchSha, downstream] = await Promise.all([
    commentsOf(memory, ref, talk, asker),
    isOpen ? readFailures(reader, ref, facts, heads) : [],
    isOpen || issue === null ? null : issueStateOf(forge, ref, issue),
    isOpen && facts.head === heads.at(-1) ? null : branchAt(forge, ref, branch),
    facts.state === 'merged' ? requestsInto(forge, ref, branch) : [],
  ]);
  return {
    snapshot: { forge: facts, comments: said.map(({ comment }) => comment), failures, issue: issueState, branchSha, downstream },
    said: new Map(said.map((one) => [one.comment.key, one])),
  };
}

/** Null where it was deleted or moved away: nothing is to be done about it then. */
async function issueStateOf(forge: Forge, { owner, repo }: MergeRequestRef, issue: number): Promise<'open' | 'closed' | null> {
  try {
    const { data } = await forge().rest.issues.get({ owner, repo, issue_number: issue });
    return data.state === 'closed' ? 'closed' : 'open';
  } catch (error) {
    if (!GONE.includes(statusOf(error) ?? 0)) throw error;
    return null;
  }
}

async function requestsInto(forge: Forge, { owner, repo }: MergeRequestRef, base: string): Promise<number[]> {
  const octokit = forge();
  const open = await octokit.paginate(octokit.rest.pulls.list, { owner, repo, base, state: 'open', per_page: 100 });
  return open.map(({ number }) => number).sort((a, b) => a - b);
}

async function branchAt(forge: Forge, { owner, repo }: MergeRequestRef, branch: string): Promise<string | null> {
  try {
    return (await forge().rest.git.getRef({ owner, repo, ref: `heads/${branch}` })).data.object.sha;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return null;
  }
}
