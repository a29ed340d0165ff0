// Files and folders of a repository, read by path at a branch, tag or commit. Written: write-contents.ts.
import path from 'node:path/posix';
import { readBlob, submoduleUrl } from '../git/file-contents.ts';
import { entryAt, FOLDER, readTree, type TreeEntry } from '../git/tree.ts';
import { reading, type Operation, type RepositoryCall } from '../http/operation.ts';
import { notFound, ok, Refusal, text, type Reply } from '../http/reply.ts';
import { commitOf, isEmpty } from './commit-of-ref.ts';
import { contentType, inLines, presentContent } from './present/content.ts';

/** Larger files come without what is in them, unless they are asked for raw (GitHub: 1 MB). */
const SHOWN_BYTES = 1024 * 1024;
/** Larger ones do not come at all (GitHub: 100 MB). */
const MOST_BYTES = 100 * 1024 * 1024;

type Reading = Pick<RepositoryCall<'repos/get-content'>, 'forge' | 'state' | 'repository' | 'query' | 'mediaType'>;

/** Where GitHub looks for a README, in this order. */
const README_FOLDERS = ['.github', '', 'docs'];
const README = /^readme(\.(md|markdown|txt|rst|adoc))?$/i;

export const contentOperations: Operation[] = [
  reading('repos/get-content', async (call) => {
    const place = await placeOf(call, call.params.path.replace(/\/$/, ''));
    return show(call, place, await entryOf(call, place));
  }),
  reading('repos/get-readme', async (call) => {
    const place = await placeOf(call, '');
    const git = call.forge.git(call.repository);
    for (const folder of README_FOLDERS) {
      const at = folder === '' ? { sha: place.commit, type: 'tree' } : await entryAt(git, place.commit, folder);
      const readme =
        at?.type === 'tree'
          ? (await readTree(git, at.sha)).find(({ type, path: name }) => type === 'blob' && README.test(name))
          : undefined;
      if (readme !== undefined) return show(call, place, { ...readme, path: path.join(folder, readme.path) });
    }
    throw notFound();
  }),
];

interface Place {
  readonly path: string;
  readonly ref: string;
  readonly commit: string;
}

async function placeOf({ forge, repository, query }: Reading, file: string): Promise<Place> {
  if (isEmpty(forge, repository)) throw new Refusal(404, 'This repository is empty.');
  const ref = query.ref === undefined || query.ref === '' ? repository.defaultBranch : query.ref;
  return { path: file, ref, commit: await commitOf(forge, repository, ref) };
}

/** What is at the place; a symbolic link to a file of the repository counts as that file. */
async function entryOf({ forge, repository }: Reading, place: Place): Promise<TreeEntry> {
  const git = forge.git(repository);
  if (place.path === '') {
    const tree = await git.info(`${place.commit}^{tree}`);
    if (tree === undefined) throw notFound();
    return { mode: FOLDER, type: 'tree', sha: tree.sha, size: null, path: '' };
  }
  const entry = await entryAt(git, place.commit, place.path);
  if (entry === undefined) throw notFound();
  if (contentType(entry) !== 'symlink') return entry;
  const target = path.join(path.dirname(entry.path), Buffer.from(await readBlob(git, entry.sha)).toString('utf8'));
  const file = await entryAt(git, place.commit, target);
  return file !== undefined && contentType(file) === 'file' ? { ...file, path: entry.path } : entry;
}

async function show(call: Reading, place: Place, entry: TreeEntry): Promise<Reply> {
  const { forge, state, repository, mediaType } = call;
  const git = forge.git(repository);
  const type = contentType(entry);
  const view = presentContent(forge, state, repository, place.ref, entry);
  if (type === 'submodule') return ok({ ...view, submodule_git_url: await submoduleUrl(git, place.commit, entry.path) });
  if (type === 'dir') {
    const entries = (await readTree(git, entry.sha)).map((inner) => {
      const within = { ...inner, path: entry.path === '' ? inner.path : `${entry.path}/${inner.path}` };
      // GitHub lists submodules as files, for the sake of old clients.
      return presentContent(forge, state, repository, place.ref, within, contentType(inner) === 'submodule' ? 'file' : contentType(inner));
    });
    return ok(mediaType === 'object' ? { ...view, entries } : entries);
  }
  const size = entry.size ?? 0;
  if (size > MOST_BYTES)
    throw new Refusal(403, 'This API returns blobs up to 100 MB in size. Fetch the file by git.', {
      errors: [{ resource: 'Blob', field: 'data', code: 'too_large' }],
    });
  if (mediaType === 'raw') return text(await readBlob(git, entry.sha), 'application/vnd.github.raw+json; charset=utf-8');
  if (type === 'symlink') return ok({ ...view, target: Buffer.from(await readBlob(git, entry.sha)).toString('utf8') });
  if (size > SHOWN_BYTES) return ok({ ...view, encoding: 'none', content: '' });
  return ok({ ...view, encoding: 'base64', content: inLines(await readBlob(git, entry.sha)) });
}
