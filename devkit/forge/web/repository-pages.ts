// Pages of people and repositories: what is there, how to clone it, its files, its commits.
import { tipOf } from '../domain/branches.ts';
import { maySee, repositoriesOf } from '../domain/permissions.ts';
import type { Forge } from '../forge.ts';
import { changedFiles } from '../git/changed-files.ts';
import { readCommit, readCommits } from '../git/commit.ts';
import { readBlob } from '../git/file-contents.ts';
import { entryAt, readTree, type TreeEntry } from '../git/tree.ts';
import type { Reply } from '../http/reply.ts';
import type { Repository, User } from '../state/records.ts';
import { checksView } from './check-pages.ts';
import { diffView } from './diff.ts';
import { markup, prose, type Child, type Html } from './html.ts';
import { nowhere, pageReply } from './layout.ts';
import { capped, pathOf, rootOf, shaLink, timeOf, type Place } from './place.ts';

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const SHOWN_BYTES = 500_000;

/** The repositories that the viewer may see, of one owner or of all. */
export function repositoryList({ state }: Forge, viewer: User | null, owner: User | null): Reply {
  const all = (owner === null ? state.all('repository') : repositoriesOf(state, owner)).filter((repository) =>
    maySee(state, repository, viewer),
  );
  const rows = capped(
    all,
    (repository) =>
      markup`<tr>
        <td><a href="${rootOf(state, repository)}">${nameOf(state, repository)}</a></td>
        <td>${repository.description}</td>
      </tr>`,
  );
  const title = owner === null ? 'Repositories' : owner.login;
  return pageReply({
    title,
    path: [],
    body: markup`<h1>${title}</h1>
      <table>
        ${rows}
      </table>`,
  });
}

const nameOf = (state: Forge['state'], repository: Repository): string =>
  `${state.need('user', repository.ownerId).login}/${repository.name}`;

export async function repositoryPage(place: Place): Promise<Reply> {
  const { forge, state, repository, root, owner } = place;
  const git = forge.git(repository);
  const tip = tipOf(state, repository.id, repository.defaultBranch);
  const entries = tip === undefined ? [] : await readTree(git, tip);
  const commits = tip === undefined ? [] : await readCommits(git, ['--max-count=10', tip]);
  const readme = entries.find(({ path, type, size }) => type === 'blob' && /^readme(\.\w+)?$/i.test(path) && (size ?? 0) <= SHOWN_BYTES);
  const open = state.select('issue', 'repository', repository.id).filter((issue) => issue.state === 'open');
  const pulls = open.filter(({ pullRequestId }) => pullRequestId !== null).length;
  return pageReply({
    title: `${owner.login}/${repository.name}`,
    path: pathOf(place),
    body: markup`<h1>${owner.login}/${repository.name}</h1>
      <p>${repository.description}</p>
      <nav><a href="${root}/issues">Issues (${open.length - pulls} open)</a><a href="${root}/pulls">Pull requests (${pulls} open)</a></nav>
      <h2>Clone</h2>
      <pre>git clone ${forge.url}${root}.git</pre>
      <h2>Files on ${repository.defaultBranch}</h2>
      ${entries.length === 0 ? markup`<p class="quiet">Nothing yet.</p>` : filesView(place, repository.defaultBranch, '', entries)}
      <h2>Latest commits</h2>
      ${commits.map(({ sha, message, author }) => markup`<p>${shaLink(place, sha)} ${message.split('\n')[0] ?? ''} <span class="quiet">${author.name}</span></p>`)}
      ${
        readme === undefined
          ? null
          : markup`<h2>${readme.path}</h2>
              ${prose(Buffer.from(await readBlob(git, readme.sha)).toString('utf8'))}`
      }`,
  });
}

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

const filesView = ({ root }: Place, ref: string, folder: string, entries: readonly TreeEntry[]): Html =>
  markup`<table>
    ${capped(entries, ({ path, type, size }) => {
      const to = `${root}/${type === 'tree' ? 'tree' : 'blob'}/${encoded(ref)}/${encoded(folder + path)}`;
      const name = type === 'tree' ? `${path}/` : path;
      return markup`<tr>
        <td>${type === 'commit' ? markup`${name} <span class="quiet">(a submodule)</span>` : markup`<a href="${to}">${name}</a>`}</td>
        <td class="quiet">${size === null ? null : `${size} bytes`}</td>
      </tr>`;
    })}
  </table>`;

/** @param rest a branch, tag or commit, which may have slashes, and a path in it */
export async function filePage(place: Place, rest: string): Promise<Reply> {
  const { forge, repository } = place;
  const git = forge.git(repository);
  const found = await splitRef(place, rest);
  if (found === undefined) return nowhere();
  const { ref, commit, path } = found;
  const entry = path === '' ? undefined : await entryAt(git, commit, path);
  if (path !== '' && entry === undefined) return nowhere();
  const title = path === '' ? ref : path;
  const show = (body: Child): Reply =>
    pageReply({
      title: `${title} · ${repository.name}`,
      path: pathOf(place),
      body: markup`<h1>${title}</h1>
        <p class="quiet">at ${ref}</p>
        ${body}`,
    });
  if (entry === undefined || entry.type === 'tree')
    return show(filesView(place, ref, path === '' ? '' : `${path}/`, await readTree(git, entry?.sha ?? commit)));
  if (entry.type === 'commit') return show(markup`<p>A submodule at <code>${entry.sha}</code>.</p>`);
  if ((entry.size ?? 0) > SHOWN_BYTES) return show(markup`<p>Too large to show: ${entry.size} bytes.</p>`);
  const bytes = Buffer.from(await readBlob(git, entry.sha));
  return show(bytes.includes(0) ? markup`<p>Binary: ${bytes.length} bytes.</p>` : markup`<pre>${bytes.toString('utf8')}</pre>`);
}

async function splitRef(
  { state, forge, repository }: Place,
  rest: string,
): Promise<{ ref: string; commit: string; path: string } | undefined> {
  const parts = rest.split('/').filter((part) => part !== '');
  for (let count = 1; count <= parts.length; count++) {
    const ref = parts.slice(0, count).join('/');
    const path = parts.slice(count).join('/');
    const tip = tipOf(state, repository.id, ref) ?? state.first('ref', 'name', `${repository.id}/refs/tags/${ref}`)?.sha;
    if (tip !== undefined) return { ref, commit: tip, path };
  }
  const [first = '', ...path] = parts;
  const commit = /^[0-9a-f]{7,40}$/.test(first) ? await forge.git(repository).commit(first) : undefined;
  return commit === undefined ? undefined : { ref: first, commit, path: path.join('/') };
}

export async function commitPage(place: Place, id: string): Promise<Reply> {
  const git = place.forge.git(place.repository);
  const sha = await git.commit(id);
  const commit = sha === undefined ? undefined : await readCommit(git, sha);
  if (commit === undefined) return nowhere();
  const [parent] = commit.parents;
  const [subject = '', ...more] = commit.message.split('\n');
  return pageReply({
    title: `${subject} · ${commit.sha.slice(0, 7)}`,
    path: pathOf(place),
    body: markup`<h1>${subject}</h1>
      ${prose(more.join('\n'))}
      <p>
        ${commit.author.name} ${timeOf(Date.parse(commit.author.date))}
        <code>${commit.sha}</code>${commit.parents.map((sha) => markup`, parent ${shaLink(place, sha)}`)}
      </p>
      <h2>Checks</h2>
      ${checksView(place, commit.sha)}
      <h2>Changes</h2>
      ${diffView(await changedFiles(git, [parent ?? EMPTY_TREE, commit.sha]))}`,
  });
}
