// The forge of an installation, with its token. That it is GitHub is known here alone.
import { createClient, type ForgeAccess, type ForgeProcess } from './github/client.ts';
import { github } from './github/index.ts';
import { githubPages } from './github/pages.ts';
import type { Pages } from './pages.ts';
import type { Forge } from './provider.ts';

/** @param shared what the clients of a process share */
export function createForge(access: ForgeAccess, shared?: ForgeProcess): Forge {
  const client = createClient(access, shared);
  return (call) => github(client(call));
}

export const createPages = ({ apiUrl }: Pick<ForgeAccess, 'apiUrl'>): Pages => githubPages(apiUrl);
