// What people have said to a request, each with who they are to it. What is ours and what bots say is left out: neither may loop. Ours is
// what we wrote and carries our mark: a person may work under the same account.
import type { CommentPlace, PersonComment } from '../../contracts/merge-request-snapshot.ts';
import type { MergeRequestRef } from '../../contracts/work.ts';
import { triage } from '../../policies/triage.ts';
import type { Memory } from './memory.ts';
import type { SaidAnswer, Talk, WithState } from './query.ts';

export interface Said {
  readonly comment: PersonComment;
  readonly text: string;
  /** Everything that is said in its thread, by whomever, each line behind a mark so that none passes for ours; null where that is it alone. */
  readonly around: string | null;
}

export const OUR_MARK = /<!-- signalbox-[0-9a-f]{40} -->/;
const EXCERPT = 200;

/**
 * Each comment counts by itself, also of a thread: who says something later there takes nothing back that others have said.
 * @param asker who opened the issue
 */
export async function commentsOf(
  memory: Pick<Memory, 'mayWrite'>,
  ref: MergeRequestRef,
  talk: Talk,
  asker: string | null,
): Promise<Said[]> {
  const { us } = talk;
  const isOurs = ({ author, body }: SaidAnswer): boolean => author?.login === us && OUR_MARK.test(body);
  const isPersons = (answer: SaidAnswer): boolean => answer.author !== null && !isBots(answer) && !isOurs(answer);
  const rankOf = async (by: string): Promise<PersonComment['rank']> =>
    (await memory.mayWrite(ref, by)) ? 'writer' : by === asker ? 'asker' : 'stranger';
  const asSaid = async (kind: string, answer: SaidAnswer, place: CommentPlace, around: string | null = null): Promise<Said> => {
    const by = loginOf(answer);
    const rank = await rankOf(by);
    const edited = secondOf(answer.lastEditedAt ?? answer.createdAt);
    const excerpt = answer.body.length <= EXCERPT ? answer.body : `${answer.body.slice(0, EXCERPT)}…`;
    const key = `${kind}-${answer.databaseId ?? 0}@${edited}`;
    return { comment: { key, by, rank, triage: triage(answer.body), place, excerpt }, text: answer.body, around };
  };

  const inConversation = (answer: SaidAnswer): CommentPlace => ({ in: 'conversation', url: answer.url });
  const said = await Promise.all([
    ...talk.comments.filter(isPersons).map((answer) => asSaid('comment', answer, inConversation(answer))),
    ...talk.reviews
      .filter((answer) => answer.state !== 'PENDING' && answer.body.trim() !== '' && isPersons(answer))
      .map((answer) => asSaid('review', answer, inConversation(answer))),
  ]);
  const threads = talk.threads.filter(({ isResolved, resolvedBy }) => !isResolved || resolvedBy?.login === us);
  const inThreads = await Promise.all(
    threads.map(async (thread) => {
      const all = thread.comments.filter(({ state }) => state !== 'PENDING');
      const lines = all.map(async (answer) => {
        const who = isOurs(answer) ? 'we' : loginOf(answer);
        const asks = isOurs(answer) || (isPersons(answer) && (await rankOf(who)) !== 'stranger');
        return `${who}${asks ? '' : ' (who may ask for nothing)'}:\n${answer.body.trim().replaceAll(/^/gm, '> ')}`;
      });
      const around = all.length > 1 ? (await Promise.all(lines)).join('\n') : null;
      const place = (answer: WithState, at: number): CommentPlace => {
        const reply = all.slice(at + 1).find(isOurs);
        const { id, path, line } = thread;
        const first = all[0]?.databaseId ?? answer.databaseId ?? 0;
        return {
          in: 'thread',
          url: answer.url,
          thread: id,
          first,
          path,
          line,
          repliedAt: reply === undefined ? null : secondOf(reply.createdAt),
        };
      };
      return Promise.all(all.flatMap((answer, at) => (isPersons(answer) ? [asSaid('thread', answer, place(answer, at), around)] : [])));
    }),
  );
  return [...said, ...inThreads.flat()].sort((a, b) => (a.comment.key < b.comment.key ? -1 : 1));
}

const isBots = ({ author }: SaidAnswer): boolean => author?.__typename === 'Bot' || author?.login.endsWith('[bot]') === true;
const loginOf = ({ author }: SaidAnswer): string => author?.login ?? 'ghost';
const secondOf = (time: string): number => Math.floor(Date.parse(time) / 1000);
