// The repository's own template for descriptions of requests, from where forges look for it. Folders are listed rather than names tried:
// capitals don't matter there, and variants may be called anything.
import { chooseTemplate, isFolderOfVariants, isTemplate, TEMPLATE_FOLDERS } from '../../policies/request-template.ts';
import type { Forge } from '../forge/client.ts';
import { statusOf } from '../forge/client.ts';

interface Place {
  readonly owner: string;
  readonly repo: string;
}

/** For a ticket, from the default branch; null where the repository has none that fits. */
export async function requestTemplate(
  forge: Forge,
  { owner, repo }: Place,
  ticket: { readonly title: string; readonly labels: readonly string[] },
): Promise<string | null> {
  const place = { owner, repo };
  const root = await list(forge, place, '');
  const folders = root.filter(({ type, path }) => type === 'dir' && (TEMPLATE_FOLDERS.includes(path) || isFolderOfVariants(path)));
  const within = (await Promise.all(folders.map(({ path }) => list(forge, place, path)))).flat();
  const deeper = within.filter(({ type, path }) => type === 'dir' && isFolderOfVariants(path));
  const variants = (await Promise.all(deeper.map(({ path }) => list(forge, place, path)))).flat();
  const files = [...root, ...within, ...variants].filter(({ type, path }) => type === 'file' && isTemplate(path));
  const path = chooseTemplate(
    files.map((file) => file.path),
    ticket,
  );
  if (path === null) return null;
  const { data } = await forge().rest.repos.getContent({ ...place, path });
  return !Array.isArray(data) && data.type === 'file' ? Buffer.from(data.content, 'base64').toString() : null;
}

/** What is in a folder; nothing where there is no such folder, or the repository has no commit. */
async function list(forge: Forge, place: Place, path: string): Promise<{ readonly type: string; readonly path: string }[]> {
  try {
    const { data } = await forge().rest.repos.getContent({ ...place, path });
    return Array.isArray(data) ? data : [];
  } catch (error) {
    if (statusOf(error) === 404) return [];
    throw error;
  }
}
