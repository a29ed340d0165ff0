// A file of a diff as GitHub shows it, with its patch.
import type { components } from '@octokit/openapi-types';
import type { Forge } from '../../forge.ts';
import type { ChangedFile } from '../../git/changed-files.ts';
import type { Repository } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { repositoryLinks } from './repository.ts';

export type ChangedFileView = components['schemas']['diff-entry'];

/** @param sha the commit in which the file is found (of a removed file: the one that removed it) */
export function presentChangedFile(forge: Forge, state: Reader, repository: Repository, sha: string, file: ChangedFile): ChangedFileView {
  const { api, html } = repositoryLinks(forge, state, repository);
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${html}/blob/${sha}/${path}`,
    raw_url: `${html}/raw/${sha}/${path}`,
    contents_url: `${api}/contents/${path}?ref=${sha}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
}
