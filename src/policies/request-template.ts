// Which of a repository's templates for descriptions of requests is filled in (M1). Where forges look for them: one for all, or variants in a
// folder, which people choose from and we do by what the ticket is about.

/** Folders in which the template for all may be, the first of them first. */
export const TEMPLATE_FOLDERS: readonly string[] = ['.github', '', 'docs', '.gitlab'];
/** Their subfolders with variants. Capitals don't matter. */
export const isFolderOfVariants = (path: string): boolean =>
  /^((\.github|docs)\/)?pull_request_template$|^\.gitlab\/merge_request_templates$/i.test(path);

const ONE_FOR_ALL = /^((\.github|docs)\/)?pull_request_template\.(md|txt)$/i;
const VARIANT = /^((\.github|docs)\/)?pull_request_template\/[^/]+\.(md|txt)$|^\.gitlab\/merge_request_templates\/[^/]+\.md$/i;
export const isTemplate = (path: string): boolean => ONE_FOR_ALL.test(path) || VARIANT.test(path);

/** Kinds of work, by the words that titles ("fix: …"), labels and names of templates use for them. */
const KINDS: readonly (readonly string[])[] = [
  ['fix', 'bug', 'bugfix', 'hotfix', 'bug-fix', 'bug-report'],
  ['feat', 'feature', 'enhancement', 'feature-request', 'new-feature'],
  ['docs', 'doc', 'documentation'],
  ['refactor', 'refactoring', 'cleanup'],
  ['test', 'tests', 'testing'],
  ['perf', 'performance'],
  ['chore', 'maintenance', 'build', 'ci', 'dependencies'],
];
const DEFAULT = 'default';

/** The variant for this kind of work, else the template for all, else the default or only variant; null where none of them fits. */
export function chooseTemplate(
  paths: readonly string[],
  { title, labels }: { readonly title: string; readonly labels: readonly string[] },
): string | null {
  const variants = paths.filter((path) => VARIANT.test(path)).sort();
  const kind = kindOf(title, labels);
  const fitting = kind && variants.find((path) => kind.includes(nameOf(path)));
  const forAll = TEMPLATE_FOLDERS.flatMap((folder) => paths.filter((path) => ONE_FOR_ALL.test(path) && folderOf(path) === folder))[0];
  const byDefault = variants.find((path) => nameOf(path) === DEFAULT) ?? (variants.length === 1 ? variants[0] : undefined);
  return fitting ?? forAll ?? byDefault ?? null;
}

/** What the title says comes before what labels say. */
function kindOf(title: string, labels: readonly string[]): readonly string[] | undefined {
  const prefix = /^(\w+)(\([^)]*\))?!?:/.exec(title)?.[1] ?? '';
  const words = [prefix, ...labels.flatMap((label) => [label, label.split(/[:/]/).at(-1) ?? ''])].map(plain);
  for (const word of words) for (const kind of KINDS) if (kind.includes(word)) return kind;
  return undefined;
}

const plain = (word: string): string =>
  word
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
const nameOf = (path: string): string => plain(path.slice(path.lastIndexOf('/') + 1).replace(/\.\w+$/, ''));
const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/'))).toLowerCase();
