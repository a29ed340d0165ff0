// What people have said to a request, each with who they are to it. What is ours and what bots say is left out: neither may loop. Ours is
// what one of our accounts wrote (spoken.ts) and carries our mark: a person may work under the same account.
import type { CommentPlace, PersonComment } from '../../contracts/merge-request-snapshot.ts';
import type { MergeRequestRef } from '../../contracts/work.ts';
import { triage } from '../../policies/triage.ts';
import type { Remark, Talk } from '../forge/provider.ts';
import type { Memory } from './memory.ts';

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
 * @param speakers logins of our accounts there
 */
export async function commentsOf(
  memory: Pick<Memory, 'mayWrite'>,
  ref: MergeRequestRef,
  talk: Talk,
  asker: string | null,
  speakers: ReadonlySet<string>,
): Promise<Said[]> {
  const isUs = (login: string | null): boolean => login !== null && speakers.has(login);
  const isOurs = ({ by, body }: Remark): boolean => isUs(by) && OUR_MARK.test(body);
  const isPersons = (remark: Remark): boolean => remark.by !== null && !remark.isBot && !isOurs(remark);
  const rankOf = async (by: string): Promise<PersonComment['rank']> =>
    (await memory.mayWrite(ref, by)) ? 'writer' : by === asker ? 'asker' : 'stranger';
  const asSaid = async (kind: string, remark: Remark, place: CommentPlace, around: string | null = null): Promise<Said> => {
    const by = loginOf(remark);
    const rank = await rankOf(by);
    const edited = secondOf(remark.editedAt ?? remark.at);
    const excerpt = remark.body.length <= EXCERPT ? remark.body : `${remark.body.slice(0, EXCERPT)}…`;
    const key = `${kind}-${remark.id}@${edited}`;
    return { comment: { key, by, rank, triage: triage(remark.body), place, excerpt }, text: remark.body, around };
  };

  const inConversation = ({ url }: Remark): CommentPlace => ({ in: 'conversation', url });
  const said = await Promise.all([
    ...talk.comments.filter(isPersons).map((remark) => asSaid('comment', remark, inConversation(remark))),
    ...talk.reviews
      .filter((remark) => remark.body.trim() !== '' && isPersons(remark))
      .map((remark) => asSaid('review', remark, inConversation(remark))),
  ]);
  const threads = talk.threads.filter(({ isResolved, resolvedBy }) => !isResolved || isUs(resolvedBy));
  const inThreads = await Promise.all(
    threads.map(async ({ id, path, line, remarks: all }) => {
      const asLine = async (remark: Remark): Promise<string> => {
        const who = isOurs(remark) ? 'we' : loginOf(remark);
        const asks = isOurs(remark) || (isPersons(remark) && (await rankOf(who)) !== 'stranger');
        return `${who}${asks ? '' : ' (who may ask for nothing)'}:\n${remark.body.trim().replaceAll(/^/gm, '> ')}`;
      };
      const around = all.length > 1 ? (await Promise.all(all.map(asLine))).join('\n') : null;
      const place = (remark: Remark, at: number): CommentPlace => {
        const reply = all.slice(at + 1).find(isOurs);
        const first = all[0]?.id ?? remark.id;
        return {
          in: 'thread',
          url: remark.url,
          thread: id,
          first,
          path,
          line,
          repliedAt: reply === undefined ? null : secondOf(reply.at),
        };
      };
      return Promise.all(all.flatMap((remark, at) => (isPersons(remark) ? [asSaid('thread', remark, place(remark, at), around)] : [])));
    }),
  );
  return [...said, ...inThreads.flat()].sort((a, b) => (a.comment.key < b.comment.key ? -1 : 1));
}

const loginOf = ({ by }: Remark): string => by ?? 'ghost';
const secondOf = (time: string): number => Math.floor(Date.parse(time) / 1000);
