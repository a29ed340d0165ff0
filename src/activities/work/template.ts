// The repository's own template for descriptions of requests, from where forges look for it. Folders are listed rather than names tried:
// capitals don't matter there, and variants may be called anything.
import { chooseTemplate, isFolderOfVariants, isTemplate, TEMPLATE_FOLDERS } from '../../policies/request-template.ts';
import type { Forge, Place } from '../forge/provider.ts';

/** For a ticket, from the default branch; null where the repository has none that fits. */
export async function requestTemplate(
  forge: Forge,
  place: Place,
  ticket: { readonly title: string; readonly labels: readonly string[] },
): Promise<string | null> {
  const root = await forge().folder(place, '');
  const folders = root.filter(({ type, path }) => type === 'folder' && (TEMPLATE_FOLDERS.includes(path) || isFolderOfVariants(path)));
  const within = (await Promise.all(folders.map(({ path }) => forge().folder(place, path)))).flat();
  const deeper = within.filter(({ type, path }) => type === 'folder' && isFolderOfVariants(path));
  const variants = (await Promise.all(deeper.map(({ path }) => forge().folder(place, path)))).flat();
  const files = [...root, ...within, ...variants].filter(({ type, path }) => type === 'file' && isTemplate(path));
  const path = chooseTemplate(
    files.map((file) => file.path),
    ticket,
  );
  return path === null ? null : forge().file(place, path);
}
