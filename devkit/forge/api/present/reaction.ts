// Reactions as GitHub shows them: one by one, and counted within what was reacted to.
import type { components } from '@octokit/openapi-types';
import type { Forge } from '../../forge.ts';
import type { Reaction } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp } from './common.ts';
import { presentUser } from './user.ts';

const CONTENTS: readonly Reaction['content'][] = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'];

export function presentReaction(forge: Forge, state: Reader, reaction: Reaction): components['schemas']['reaction'] {
  return {
    id: reaction.id,
    node_id: nodeId('reaction', reaction.id),
    user: presentUser(forge, state.need('user', reaction.userId)),
    content: reaction.content,
    created_at: timestamp(reaction.createdAt),
  };
}

/** @param url of the subject; the list of its reactions is below it */
export function presentReactions(
  state: Reader,
  subject: Reaction['subject'],
  subjectId: number,
  url: string,
): components['schemas']['reaction-rollup'] {
  const reactions = state.select('reaction', 'subject', `${subject}/${subjectId}`);
  const counts = Object.fromEntries(CONTENTS.map((content) => [content, reactions.filter((one) => one.content === content).length]));
  return { url: `${url}/reactions`, total_count: reactions.length, ...(counts as Record<Reaction['content'], number>) };
}
