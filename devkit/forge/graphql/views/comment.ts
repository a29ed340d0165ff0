// What everything that somebody has written has in common.
import { timestamp } from '../../api/present/common.ts';
import { associationOf, includes, roleOf } from '../../domain/permissions.ts';
import type { Context, View } from '../context.ts';
import { userById } from './actor.ts';

interface Written {
  readonly repositoryId: number;
  readonly authorId: number;
  readonly body: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** @param publishedAt null while nobody else sees it */
export function writtenFields(context: Context, written: Written, publishedAt: number | null = written.createdAt): View {
  const { state, viewer } = context;
  return {
    author: () => userById(context, written.authorId),
    authorAssociation: () => associationOf(state, state.need('repository', written.repositoryId), state.need('user', written.authorId)),
    body: written.body ?? '',
    bodyText: written.body ?? '',
    createdAt: timestamp(written.createdAt),
    publishedAt: publishedAt === null ? null : timestamp(publishedAt),
    updatedAt: timestamp(written.updatedAt),
    lastEditedAt: written.updatedAt > written.createdAt ? timestamp(written.updatedAt) : null,
    viewerDidAuthor: written.authorId === viewer.id,
  };
}

/** Comments can be hidden by those who may triage. The reason is shown as it was classified, in small letters. */
export const minimizableFields = (context: Context, written: Written & { readonly minimized: string | null }): View => ({
  isMinimized: written.minimized !== null,
  minimizedReason: written.minimized,
  viewerCanMinimize: () =>
    includes(roleOf(context.state, context.state.need('repository', written.repositoryId), context.viewer), 'triage'),
});
