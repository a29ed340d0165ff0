// A file, folder, link or submodule of a repository as GitHub shows it.
import type { Forge } from '../../forge.ts';
import { SUBMODULE, SYMLINK, type TreeEntry } from '../../git/tree.ts';
import type { Repository } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { repositoryLinks } from './repository.ts';

export type ContentType = 'file' | 'dir' | 'symlink' | 'submodule';

export function contentType({ mode, type }: TreeEntry): ContentType {
  if (mode === SUBMODULE) return 'submodule';
  if (mode === SYMLINK) return 'symlink';
  return type === 'tree' ? 'dir' : 'file';
}

export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Without what is in it. */
export function presentContent(
  forge: Forge,
  state: Reader,
  repository: Repository,
  ref: string,
  entry: TreeEntry,
  type = contentType(entry),
): Record<string, unknown> {
  const { api, html } = repositoryLinks(forge, state, repository);
  const at = encodePath(entry.path);
  const url = `${api}/contents/${at}?ref=${encodeURIComponent(ref)}`;
  const gitUrl = type === 'submodule' ? null : `${api}/git/${type === 'dir' ? 'trees' : 'blobs'}/${entry.sha}`;
  const htmlUrl = type === 'submodule' ? null : `${html}/${type === 'dir' ? 'tree' : 'blob'}/${encodePath(ref)}/${at}`;
  return {
    name: entry.path.slice(entry.path.lastIndexOf('/') + 1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: htmlUrl,
    git_url: gitUrl,
    download_url: type === 'file' ? `${html}/raw/${encodePath(ref)}/${at}` : null,
    type,
    _links: { self: url, git: gitUrl, html: htmlUrl },
  };
}

/** As GitHub writes base64: in lines of 60 characters. */
export const inLines = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('base64')
    .replace(/.{1,60}/g, '$&\n');
