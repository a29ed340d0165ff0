// People, bots and apps.
import type { App } from '../../domain/apps.ts';
import { presentApp } from '../../api/present/checks.ts';
import { nodeId, timestamp } from '../../api/present/common.ts';
import { presentUser } from '../../api/present/user.ts';
import type { User } from '../../state/records.ts';
import type { Context, View } from '../context.ts';

export function userView(context: Context, user: User): View {
  const { html_url: url, avatar_url: avatarUrl } = presentUser(context.forge, user);
  return {
    __typename: user.type,
    id: nodeId('user', user.id),
    databaseId: user.id,
    login: user.login,
    name: user.login,
    email: user.email,
    url,
    avatarUrl,
    createdAt: timestamp(user.createdAt),
    isViewer: user.id === context.viewer.id,
  };
}

export const userById = (context: Context, id: number): View => userView(context, context.state.need('user', id));

export function appView(context: Context, app: App): View {
  const view = presentApp(context.forge, app);
  return {
    id: view.node_id,
    databaseId: app.id,
    name: app.name,
    slug: app.slug,
    description: app.description,
    createdAt: view.created_at,
  };
}
