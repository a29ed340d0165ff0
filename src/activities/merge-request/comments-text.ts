// What a session is told of comments: each with its id and author, and where it stands in a thread all that is said there, so that "as Bob says"
// means something. All of it is others' words: the playbook marks it so.
import type { PersonComment } from '../../contracts/merge-request-snapshot.ts';
import type { Said } from './comments.ts';

/** @param about keys of the comments that are to be answered; those that are gone are left out */
export function commentsAsText(said: ReadonlyMap<string, Said>, about: readonly string[]): string {
  const asked = about.map((key) => said.get(key)).filter((one) => one !== undefined);
  const threads = new Set(asked.map(({ comment }) => threadOf(comment)));
  return [...threads]
    .flatMap((thread) => {
      const those = asked.filter(({ comment }) => threadOf(comment) === thread);
      const around = those[0]?.around ?? null;
      return [
        ...those.map(asText),
        ...(thread !== null && around !== null ? [`All that is said in that thread, oldest first:\n${around}`] : []),
      ];
    })
    .join('\n\n');
}

const threadOf = ({ place }: PersonComment): string | null => (place.in === 'thread' ? place.thread : null);

function asText({ comment: { key, by, triage, place }, text }: Said): string {
  const where = place.in === 'thread' ? `${place.path}${place.line === null ? '' : `:${place.line}`}` : 'the conversation';
  return `Comment ${key} (${triage}) of ${by} on ${where}:\n${text}`;
}
