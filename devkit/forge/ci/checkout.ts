// actions/checkout: a clean clone of the run's commit in the workspace. It runs in the sandbox like any command, because an earlier step
// may have left a git configuration there; the repository is there to be read, at a place of its own.
import type { Mount, Sandbox } from '../../../src/sandbox/confinement.ts';

const SEEN_AT = '/runner/repository.git';

/** What `with` may say; anything else is told to the log. */
const HEEDED = ['ref', 'fetch-depth', 'repository', 'token', 'persist-credentials', 'clean', 'set-safe-directory', 'show-progress'];

export interface Checkout {
  readonly command: readonly [string, ...string[]];
  readonly mounts: readonly Mount[];
  readonly notes: readonly string[];
}

/** @returns how to run it, or a sentence that says why the forge can't do it */
export function checkout(
  input: Readonly<Record<string, string>>,
  run: { readonly sha: string; readonly ref: string; readonly repository: string; readonly url: string },
  source: { readonly directory: string; readonly sandbox: Sandbox },
): Checkout | string {
  if (input['repository'] !== undefined && input['repository'].toLowerCase() !== run.repository.toLowerCase())
    return `actions/checkout of another repository (${input['repository']}): the jobs of the forge see their own only`;
  const depth = input['fetch-depth'] ?? '1';
  if (!/^\d+$/.test(depth)) return `actions/checkout: fetch-depth "${depth}" is not a number`;
  const from = source.sandbox.kind === 'bubblewrap' ? SEEN_AT : source.directory;
  const wanted = input['ref'] ?? '';
  const branch = wanted === '' ? /^refs\/heads\/(.+)$/.exec(run.ref)?.[1] : undefined;
  const script = [
    'set -e',
    'find . -mindepth 1 -delete',
    'export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_COUNT=2',
    'export GIT_CONFIG_KEY_0=uploadpack.allowAnySHA1InWant GIT_CONFIG_VALUE_0=true GIT_CONFIG_KEY_1=protocol.file.allow GIT_CONFIG_VALUE_1=always',
    'git init -q --template= -b main .',
    'git remote add origin "$4"',
    'git config advice.detachedHead false',
    depth === '0' ? "git fetch -q --no-auto-gc \"$1\" '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*'" : ':',
    wanted === '' ? 'want=$2' : 'want=$(git ls-remote "$1" "refs/heads/$5" "refs/tags/$5" "$5" | head -n 1 | cut -f 1); want=${want:-$5}',
    `git fetch -q --no-tags --no-auto-gc ${depth === '0' ? '' : `--depth=${depth}`} "$1" "$want"`,
    branch === undefined
      ? 'git checkout -q --force --detach "$want"'
      : 'git update-ref "refs/remotes/origin/$3" "$want"; git checkout -q --force -B "$3" "$want"',
    'git log -1 --format="HEAD is now at %h %s"',
  ].join('\n');
  return {
    command: ['bash', '-c', script, 'checkout', `file://${from}`, run.sha, branch ?? '', run.url, wanted],
    mounts: [{ path: source.directory, at: from, access: 'read' }],
    notes: Object.keys(input)
      .filter((name) => !HEEDED.includes(name))
      .map((name) => `actions/checkout: the forge does not heed "${name}"`),
  };
}
