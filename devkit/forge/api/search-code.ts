// Search for code: git grep on the default branches. Words are searched as they are written, without case; all must be in the file.
import path from 'node:path/posix';
import type { Forge } from '../forge.ts';
import { entryAt } from '../git/tree.ts';
import { userCall, type Call, type Operation } from '../http/operation.ts';
import { pageOf } from '../http/pagination.ts';
import type { Repository } from '../state/records.ts';
import { presentContent } from './present/content.ts';
import { presentRepository } from './present/repository.ts';
import { checkedQuery, meaningless, needVisible, results, visible } from './search.ts';

export const codeSearchOperations: Operation[] = [
  userCall('search/code', async (call) => {
    const { forge, state, query } = call;
    const { qualifiers, texts } = checkedQuery(query.q);
    if (texts.length === 0 || texts.some(({ negated }) => negated)) throw meaningless('A search for code needs words that the file has.');
    const inFile = qualifiers.map(({ name, value, negated }) => {
      const holds = FILTERS[name]?.(value.toLowerCase());
      if (holds === undefined && name !== 'repo' && name !== 'user' && name !== 'org')
        throw meaningless(
          `"${name}:${value}" means nothing in a search for code; the forge knows repo, user, org, ${Object.keys(FILTERS).join(', ')}.`,
        );
      return (file: string): boolean => holds === undefined || holds(file.toLowerCase()) !== negated;
    });
    const found: { repository: Repository; file: string }[] = [];
    for (const repository of scopeOf(call, qualifiers))
      for (const file of await grep(
        forge,
        repository,
        texts.map(({ text }) => text),
      ))
        if (inFile.every((holds) => holds(file))) found.push({ repository, file });
    const { page, perPage } = pageOf(call);
    const shown = found.slice((page - 1) * perPage, page * perPage);
    const views = new Map(await Promise.all(shown.map(async (hit) => [hit, await view(forge, hit)] as const)));
    return results(call, found, {}, (hit) => ({
      ...views.get(hit),
      repository: presentRepository(forge, state, hit.repository),
      score: 1,
    }));
  }),
];

/** What a qualifier says of a file's path; all in small letters. */
const FILTERS: Readonly<Record<string, (value: string) => ((file: string) => boolean) | undefined>> = {
  path: (value) => (file) => file.startsWith(value.replace(/^\//, '').replace(/\/?$/, '/')) || file === value,
  filename: (value) => (file) => path.basename(file).includes(value),
  extension: (value) => (file) => path.extname(file) === `.${value.replace(/^\./, '')}`,
  in: (value) => (value === 'file' ? () => true : undefined),
};

type Scope = Pick<Call<'search/code'>, 'state' | 'actor'>;

function scopeOf(call: Scope, qualifiers: readonly { name: string; value: string }[]): Repository[] {
  const named = qualifiers.filter(({ name }) => name === 'repo').map(({ value }) => needVisible(call, value));
  const owners = qualifiers.filter(({ name }) => name === 'user' || name === 'org').map(({ value }) => value.toLowerCase());
  return (named.length > 0 ? named : visible(call)).filter(
    ({ ownerId }) => owners.length === 0 || owners.includes(call.state.need('user', ownerId).login.toLowerCase()),
  );
}

async function grep(forge: Forge, repository: Repository, texts: readonly string[]): Promise<string[]> {
  const branch = `refs/heads/${repository.defaultBranch}`;
  const git = forge.git(repository);
  if ((await git.resolve(branch)) === undefined) return [];
  const words = texts.flatMap((text) => ['-e', text]);
  const { stdout } = await git.attempt(['grep', '-z', '-l', '-i', '-I', '-F', '--all-match', ...words, branch, '--']);
  return stdout
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => line.slice(branch.length + 1));
}

async function view(forge: Forge, { repository, file }: { repository: Repository; file: string }): Promise<Record<string, unknown>> {
  const ref = repository.defaultBranch;
  const entry = await entryAt(forge.git(repository), `refs/heads/${ref}`, file);
  if (entry === undefined) return {};
  const { name, path: at, sha, url, git_url, html_url } = presentContent(forge, forge.state, repository, ref, entry);
  return { name, path: at, sha, url, git_url, html_url };
}
