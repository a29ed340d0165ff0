// What a repository tells agents and contributors of itself, from its base branch: what a change proposes to these files counts when it is
// merged, not before.
import type { Work } from '../../contracts/work.ts';
import { tryGit, type GitHost, type Worktree } from '../../git/command.ts';

/** In the order in which they are given. */
const FILES = ['AGENTS.md', 'CLAUDE.md', 'CONTRIBUTING.md', '.github/CONTRIBUTING.md'];
const MOST_CHARACTERS = 20_000;

export interface RepositoryRules {
  readonly file: string;
  readonly text: string;
}

/** As the mirror has the base branch. Links are followed within the repository; what two names have in common is given once. */
export async function repositoryRules(host: GitHost, { mirror }: Worktree, { base }: Pick<Work, 'base'>): Promise<RepositoryRules[]> {
  const repository: Worktree = { directory: mirror, gitDirectory: mirror, staging: mirror, mirror };
  const input = FILES.map((file) => `refs/heads/${base}:${file}\n`).join('');
  const { stdout } = await tryGit(host, repository, ['cat-file', '--batch', '--follow-symlinks'], { access: 'read', input });
  const known = new Set<string>();
  return contents(stdout).flatMap((text, index) => {
    if (text === null || text.trim() === '' || known.has(text)) return [];
    known.add(text);
    const file = FILES[index] ?? '';
    return [{ file, text: text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n[cut: read the rest in ${file}]` : text }];
  });
}

/** What `cat-file --batch` answers for each object: a header with its size and its bytes, or a line that says that there is none. */
function contents(output: Buffer): (string | null)[] {
  const found: (string | null)[] = [];
  for (let at = 0; at < output.length;) {
    const end = output.indexOf('\n', at);
    const header = output.subarray(at, end).toString();
    const [, size] = /^[0-9a-f]+ blob (\d+)$/.exec(header) ?? [];
    const [, rest] = /^(?:symlink|dangling|loop|notdir) (\d+)$/.exec(header) ?? [];
    const length = Number(size ?? rest ?? 0);
    found.push(size === undefined ? null : output.subarray(end + 1, end + 1 + length).toString());
    at = end + 1 + (size === undefined && rest === undefined ? 0 : length + 1);
  }
  return found;
}
