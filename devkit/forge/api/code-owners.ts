// What is wrong with a repository's CODEOWNERS: owners who are nobody or may not write, and lines that own nothing.
import { ownerFileOf, ownerId, type OwnerFile, type OwnerLine } from '../domain/code-owners.ts';
import { reading, type Operation } from '../http/operation.ts';
import { notFound, ok } from '../http/reply.ts';
import type { Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';

export const codeOwnerOperations: Operation[] = [
  reading('repos/codeowners-errors', async ({ forge, state, repository, query }) => {
    const git = forge.git(repository);
    const commit = await git.commit(query.ref ?? repository.defaultBranch);
    const file = commit === undefined ? undefined : await ownerFileOf(git, commit);
    if (file === undefined) throw notFound();
    return ok({ errors: file.lines.flatMap((line) => problemsOf(state, repository, file, line)) });
  }),
];

function problemsOf(state: Reader, repository: Repository, file: OwnerFile, line: OwnerLine): Record<string, unknown>[] {
  return line.owners
    .filter((owner) => ownerId(state, repository, owner) === undefined)
    .map((owner) => {
      const column = line.source.indexOf(owner) + 1;
      const suggestion = `make sure ${owner} exists and has write access to the repository`;
      return {
        line: line.line,
        column,
        kind: owner.startsWith('@') ? 'Unknown owner' : 'Invalid owner',
        source: line.source,
        suggestion,
        message: `Unknown owner on line ${line.line}: ${suggestion}\n\n  ${line.source}\n${' '.repeat(column + 1)}^`,
        path: file.path,
      };
    });
}
