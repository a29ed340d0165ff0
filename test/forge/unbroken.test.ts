// What people with write access may push and say, and what would have ended the forge, again at each start: it lives, says what became of
// it, and lives on after a restart.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { cloned, ended, job, jobsOf, logOf, push, runsAt, type CiRepository } from './ci-support.ts';
import { eventually, git, startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';

let dataDirectory: string;
let forge: TestForge;
beforeAll(async () => {
  dataDirectory = mkdtempSync(path.join(tmpdir(), 'unbroken-'));
  forge = await startTestForge({ dataDirectory });
});
afterAll(async () => {
  await forge.stop();
  rmSync(dataDirectory, { recursive: true, force: true });
});

/** On the same data, at the same address. */
async function restart(): Promise<void> {
  const { port } = new URL(forge.url);
  await forge.stop();
  become(await startTestForge({ dataDirectory, arguments: ['--undelayed', '--port', port] }));
}

function become(next: TestForge): void {
  forge = next;
}

/** The process that answered before answers still, and the next one does. */
async function expectUnbroken(): Promise<void> {
  expect((await forge.fetch('/user', { login: 'owner' })).status).toBe(200);
  expect(forge.process.exitCode).toBeNull();
  await restart();
  await eventually('the forge has taken in what was due', async () => (await forge.fetch('/user', { login: 'owner' })).status === 200);
}

/** Writes an object as it is, whatever git thinks of it. */
async function object(clone: string, type: 'commit' | 'tree', content: Buffer | string): Promise<string> {
  const { stdout } = await execa('git', ['hash-object', '-t', type, '-w', '--literally', '--stdin'], { cwd: clone, input: content });
  return stdout.trim();
}
const commitOf = (tree: string, author: string, parent?: string): string =>
  `tree ${tree}\n${parent === undefined ? '' : `parent ${parent}\n`}${author === '' ? '' : `author ${author}\n`}committer T <t@example.org> 1700000000 +0000\n\nOdd\n`;

/** A tree of these entries, all the same file. */
async function treeOf(clone: string, ...names: string[]): Promise<string> {
  const blob = Buffer.from(await git(clone, 'rev-parse', 'HEAD:README.md'), 'hex');
  return object(clone, 'tree', Buffer.concat(names.flatMap((name) => [Buffer.from(`100644 ${name}\0`), blob])));
}

describe('a push', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await workbench(forge);
  });
  afterAll(() => bench.dispose());

  it('of a commit from the year 318857 is taken in, shown with the last date that ISO 8601 has, and reacted to', async () => {
    const tree = await git(bench.clone, 'rev-parse', 'HEAD^{tree}');
    const head = await git(bench.clone, 'rev-parse', 'HEAD');
    const sha = await object(bench.clone, 'commit', commitOf(tree, 'T <t@example.org> 9999999999999 +0000', head));
    await git(bench.clone, 'push', '-q', 'origin', `${sha}:refs/heads/late`);
    const { data } = await forge.as('writer').rest.repos.getCommit({ ...bench.place, ref: 'late' });
    expect(data.commit.author?.date).toBe('9999-12-31T23:59:59Z');
    await expectUnbroken();
  });

  it.each([[['a/b']], [['..']], [['.git']], [['.']], [['f', 'f']]])('of a tree with the entries %j is refused', async (names) => {
    const tree = await treeOf(bench.clone, ...names);
    const sha = await object(bench.clone, 'commit', commitOf(tree, 'T <t@example.org> 1700000000 +0000', await bench.tip('main')));
    await expect(git(bench.clone, 'push', '-q', 'origin', `${sha}:refs/heads/odd`)).rejects.toThrow('fsck error');
    expect(await bench.tip('odd')).toBe('');
  });

  it('of what stands in for a commit is refused, and what is there of it changes no answer', async () => {
    const main = await bench.tip('main');
    await expect(git(bench.clone, 'push', '-q', 'origin', `HEAD:refs/replace/${main}`)).rejects.toThrow('are not allowed');
    const { status } = await forge.fetch(`/repos/${bench.place.owner}/${bench.place.repo}/git/refs`, {
      method: 'POST',
      login: 'writer',
      body: JSON.stringify({ ref: `refs/replace/${main}`, sha: await bench.tip('late') }),
    });
    expect(status).toBe(422);
    const bare = path.join(dataDirectory, 'repositories/owner', `${bench.place.repo}.git`);
    await git(bare, 'update-ref', `refs/replace/${main}`, await bench.tip('late'));
    const { data } = await forge.as('reader').rest.repos.getCommit({ ...bench.place, ref: main });
    expect(data.commit.message).toBe('Initial commit');
    await git(bare, 'update-ref', '-d', `refs/replace/${main}`);
  });

  it('of a branch or tag that is named as a commit is refused, and an id is the commit even where there is one', async () => {
    const main = await bench.tip('main');
    for (const kind of ['heads', 'tags'])
      await expect(git(bench.clone, 'push', '-q', 'origin', `HEAD:refs/${kind}/${main}`)).rejects.toThrow('40 hex characters');
    const { status } = await forge.fetch(`/repos/${bench.place.owner}/${bench.place.repo}/git/refs`, {
      method: 'POST',
      login: 'writer',
      body: JSON.stringify({ ref: `refs/heads/${main}`, sha: main }),
    });
    expect(status).toBe(422);
    await git(path.join(dataDirectory, 'repositories/owner', `${bench.place.repo}.git`), 'update-ref', `refs/heads/${main}`, 'late');
    expect((await forge.as('reader').rest.repos.getCommit({ ...bench.place, ref: main })).data.sha).toBe(main);
  });

  it('of a name that no file system takes is refused in words that tell nothing of this machine', async () => {
    const name = `refs/heads/${'x'.repeat(255)}`;
    const { stderr } = await execa('git', ['push', 'origin', `HEAD:${name}`], { cwd: bench.clone, reject: false });
    expect(stderr).toContain('Ref names have at most 244 bytes');
    expect(stderr).not.toContain(dataDirectory);
    const answer = await forge.fetch(`/repos/${bench.place.owner}/${bench.place.repo}/git/refs`, {
      method: 'POST',
      login: 'writer',
      body: JSON.stringify({ ref: name, sha: await bench.tip('main') }),
    });
    expect([answer.status, await answer.json()]).toEqual([422, expect.objectContaining({ message: 'Ref names have at most 244 bytes.' })]);
  });
});

describe('what git aborts at', () => {
  it('in a request makes it one that cannot be merged', async () => {
    const bench = await workbench(forge);
    // By a copy, which takes what it finds.
    const from = mkdtempSync(path.join(tmpdir(), 'odd-'));
    await git(from, 'clone', '-q', bench.forge.remote(bench.place, 'writer'), '.');
    const main = await git(from, 'rev-parse', 'HEAD');
    const sha = await object(from, 'commit', commitOf(await treeOf(from, 'a/b'), 'T <t@example.org> 1700000000 +0000', main));
    await git(from, 'update-ref', 'refs/heads/odd', sha);
    const place = await forge.repository('copied', { from });
    const writer = forge.as('writer');
    const { data: pull } = await writer.rest.pulls.create({ ...place, head: 'odd', base: 'main', title: 'Odd' });
    await writer.rest.repos.createOrUpdateFileContents({ ...place, path: 'f', message: 'f', content: '' });
    const { data } = await writer.rest.pulls.get({ ...place, pull_number: pull.number });
    expect([data.mergeable, data.mergeable_state]).toEqual([false, 'dirty']);
    await expectUnbroken();
    rmSync(from, { recursive: true });
    bench.dispose();
  });
});

describe('commits that git would not write', () => {
  it('are rebased with what can be said of their authors', async () => {
    const bench = await workbench(forge);
    const [main, tree] = [await git(bench.clone, 'rev-parse', 'HEAD'), await git(bench.clone, 'rev-parse', 'HEAD^{tree}')];
    await git(bench.clone, 'checkout', '-q', '-b', 'odd');
    const early = await object(bench.clone, 'commit', commitOf(tree, 'T <t@example.org> 1 +0000', main));
    const nameless = await object(bench.clone, 'commit', commitOf(tree, ' <t@example.org> 1700000000 +0000', early));
    await git(bench.clone, 'reset', '-q', '--hard', nameless);
    await git(bench.clone, 'push', '-q', 'origin', 'odd');
    await bench.commit('odd', { odd: '' });
    await bench.commit('main', { other: '' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'odd', base: 'main', title: 'Odd' });
    await forge.as('writer').rest.pulls.merge({ ...bench.place, pull_number: data.number, merge_method: 'rebase' });
    await bench.git('fetch', '-q');
    expect((await bench.git('log', '-2', '--skip=1', '--format=%an %at', 'origin/main')).split('\n')).toEqual([
      't@example.org 1700000000',
      'T 1',
    ]);
    bench.dispose();
  });
});

describe('a request to GraphQL', () => {
  const ask = async (body: object): Promise<{ data?: Record<string, object>; errors?: { message: string }[] }> => {
    const answer = await forge.fetch('/graphql', { method: 'POST', login: 'reader', body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    return (await answer.json()) as { errors?: { message: string }[] };
  };

  it.each(['constructor:1', '__proto__:1', 'toString:1'])('for the node %s finds none', async (named) => {
    const id = `N_${Buffer.from(named).toString('base64url')}`;
    const { errors } = await ask({ query: 'query($id: ID!) { node(id: $id) { id } }', variables: { id } });
    expect(errors?.map(({ message }) => message)).toEqual([`Could not resolve to a node with the global id of '${id}'`]);
  });

  it('whose fragments double and double again is refused before it is run', async () => {
    const doubled = Array.from({ length: 60 }, (_, at) => `fragment f${at} on User { ...f${at + 1} ... on User { ...f${at + 1} } }`).join(
      '\n',
    );
    const { errors } = await ask({ query: `{ viewer { ...f0 } }\n${doubled}\nfragment f60 on User { login }` });
    expect(errors).toEqual([expect.objectContaining({ type: 'MAX_NODE_LIMIT_EXCEEDED' })]);
  });

  it('that has thousands of names for one field is answered or refused, and keeps nobody waiting', async () => {
    const alike = Array.from({ length: 2_400 }, (_, at) => `a${at}: login`).join(' ');
    expect(Object.keys((await ask({ query: `{ viewer { ${alike} } }` })).data?.['viewer'] ?? {})).toHaveLength(2_400);
    const many = Array.from(
      { length: 60 },
      (_, at) => `a${at}: issues(first: 100) { nodes { comments(first: 100) { nodes { id } } } }`,
    ).join(' ');
    expect((await ask({ query: `{ repository(owner: "owner", name: "any") { ${many} } }` })).errors).toEqual([
      expect.objectContaining({ type: 'MAX_NODE_LIMIT_EXCEEDED' }),
    ]);
    const tokens = await ask({ query: `{ viewer { ${'login '.repeat(10_000)} } }` });
    expect(tokens.errors?.[0]?.message).toContain('10000 tokens');
  });

  it('of 20,000 levels is refused', async () => {
    const deep = `${'{ viewer '.repeat(4_900)}{ id }${' }'.repeat(4_900)}`;
    for (const query of [deep, `${'{a'.repeat(20_000)}${'}'.repeat(20_000)}`]) expect((await ask({ query })).errors).toHaveLength(1);
  });
});

describe('a repository', () => {
  it('has no default branch that is not there, and clones begin where it is', async () => {
    const bench = await workbench(forge);
    await bench.commit('next', { f: '' });
    const update = async (name: string): Promise<number> =>
      (
        await forge.fetch(`/repos/owner/${bench.place.repo}`, {
          method: 'PATCH',
          login: 'owner',
          body: JSON.stringify({ default_branch: name }),
        })
      ).status;
    expect([await update('nope'), await update('next')]).toEqual([422, 200]);
    expect(await bench.git('ls-remote', '--symref', 'origin', 'HEAD')).toContain('ref: refs/heads/next');
    bench.dispose();
  });

  it('is copied of nothing that is an option of git, and leaves nothing then', async () => {
    const from = '--upload-pack=touch /tmp/signalbox-pwned; false';
    await expect(forge.repository('stolen', { from })).rejects.toThrow('422');
    expect((await forge.fetch('/repos/owner/stolen', { login: 'owner' })).status).toBe(404);
  });

  it('that goes with its merge queue keeps no forge from its start', async () => {
    const bench = await workbench(forge);
    const queue = {
      check_response_timeout_minutes: 60,
      grouping_strategy: 'ALLGREEN',
      max_entries_to_build: 5,
      max_entries_to_merge: 5,
      merge_method: 'MERGE',
      min_entries_to_merge: 1,
      min_entries_to_merge_wait_minutes: 1,
    } as const;
    await forge.as('owner').rest.repos.createRepoRuleset({
      ...bench.place,
      name: 'queue',
      enforcement: 'active',
      conditions: { ref_name: { include: ['refs/heads/main'], exclude: [] } },
      rules: [
        { type: 'merge_queue', parameters: queue },
        {
          type: 'required_status_checks',
          parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context: 'ci' }] },
        },
      ],
    });
    const pull = await bench.open('queued');
    await forge.as('writer').rest.repos.createCommitStatus({ ...bench.place, sha: pull.head.sha, context: 'ci', state: 'success' });
    await bench.pull(pull.number);
    await forge
      .as('writer')
      .graphql('mutation($id: ID!) { enqueuePullRequest(input: { pullRequestId: $id }) { clientMutationId } }', { id: pull.node_id });
    await eventually('its group', async () => (await bench.effects('merge_group.checks_requested')).length > 0);
    await forge.as('owner').rest.repos.delete(bench.place);
    await expectUnbroken();
    bench.dispose();
  });
});

describe('a title with a NUL', () => {
  it('is merged without it once its check is green, by auto-merge as by hand', async () => {
    const bench = await workbench(forge);
    const owner = forge.as('owner');
    await owner.rest.repos.update({ ...bench.place, allow_auto_merge: true });
    await owner.rest.repos.updateBranchProtection({
      ...bench.place,
      branch: 'main',
      required_status_checks: { strict: false, contexts: ['ci'] },
      enforce_admins: true,
      required_pull_request_reviews: null,
      restrictions: null,
    });
    const pull = await bench.open('nul', { title: 'a\u0000b' });
    await forge
      .as('writer')
      .graphql(
        'mutation($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: MERGE }) { clientMutationId } }',
        { id: pull.node_id },
      );
    await forge.as('writer').rest.repos.createCommitStatus({ ...bench.place, sha: pull.head.sha, context: 'ci', state: 'success' });
    await eventually('the merge', async () => (await bench.pull(pull.number)).merged);
    await bench.git('fetch', '-q');
    expect((await bench.git('log', '-1', '--format=%b', 'origin/main')).trim()).toBe('ab');
    await expectUnbroken();
    bench.dispose();
  });
});

describe('a workflow file', () => {
  let repository: CiRepository;
  beforeAll(async () => {
    repository = await cloned(forge);
  });

  it('with a NUL anywhere, a filter that is no pattern, too many levels or a flag that is none fails at its start', async () => {
    const nul = '"a\\0b"';
    const steps = (text: string): string => `on: push\njobs:\n  test:\n    runs-on: x\n    steps:\n      - ${text}\n`;
    const filtered = (pattern: string): string => `on: { push: { branches: [main, '${pattern}'] } }\njobs:\n${job('test', 'true')}`;
    const files: Record<string, string> = {
      name: `name: ${nul}\non: push\njobs:\n${job('test', 'true')}`,
      'name of a job': `on: push\njobs:\n  test: { name: ${nul}, runs-on: x, steps: [{ run: 'true' }] }`,
      variable: steps(`{ run: 'true', env: { A: ${nul} } }`),
      'name of a variable': steps(`{ run: 'true', env: { ${nul}: a } }`),
      'long variable': steps(`{ run: 'true', env: { A: ${'x'.repeat(200_000)} } }`),
      folder: steps(`{ run: 'true', working-directory: ${nul} }`),
      shell: steps(`{ run: 'true', shell: ${nul} }`),
      ref: steps(`{ uses: actions/checkout@v4, with: { ref: ${nul} } }`),
      hashFiles: steps(`{ run: "echo \${{ hashFiles('a\\0b') }}" }`),
      repeated: filtered('+(a|b)+'),
      'repeated twice': filtered('++'),
      levels: `on: push\njobs: ${'['.repeat(50_000)}`,
      flag: `on: push\nconcurrency: { group: g, cancel-in-progress: "\${{ fromJSON('no') }}" }\njobs:\n${job('test', 'true')}`,
    };
    const paths = Object.entries(files).map(([name, text]) => [`.github/workflows/${name}.yml`, text] as const);
    const sha = await push(repository, Object.fromEntries(paths));
    const runs = await eventually('all runs', async () => {
      const found = await runsAt(forge, repository, sha);
      return found.length >= paths.length && found;
    });
    expect(runs.map(({ path: file, conclusion }) => `${file}: ${conclusion ?? ''}`).sort()).toEqual(
      paths.map(([file]) => `${file}: startup_failure`).sort(),
    );
  });

  it('with brackets in its filters runs as they say, and no filter takes long', async () => {
    const filters = ['main', '[', '!(', '**(', '**a'.repeat(30)].map((filter) => `'${filter}'`).join(', ');
    await git(repository.clone, 'rm', '-rq', '.github');
    const file = { '.github/workflows/ci.yml': `on: { push: { branches: [${filters}] } }\njobs:\n${job('test', 'true')}` };
    const main = await push(repository, file);
    expect((await ended(forge, repository, main)).conclusion).toBe('success');
    await push(repository, { f: '' }, { branch: `${'a'.repeat(200)}b` });
    await expectUnbroken();
  });

  it('whose expressions and steps give what no process takes fails there, in words', async () => {
    const nul = '${{ fromJSON(\'"a\\u0000b"\') }}';
    const long = 'x'.repeat(90_000);
    const files = {
      '.github/workflows/ci.yml': `on: push
jobs:
  expression:
    runs-on: x
    steps: [{ run: 'true', env: { A: ${JSON.stringify(nul)} } }]
  long:
    runs-on: x
    env: { X: ${long} }
    steps: [{ run: 'true', env: { A: "\${{ env.X }}\${{ env.X }}" } }]
  hashes:
    runs-on: x
    steps: [{ run: ${JSON.stringify('echo ${{ hashFiles(fromJSON(\'"a\\u0000b"\')) }}')} }]
  environment:
    runs-on: x
    steps: [{ run: 'printf "A=a\\0b\\n" >> "$GITHUB_ENV"' }, { run: echo after }]
  path:
    runs-on: x
    steps: [{ run: 'printf "/a\\0b\\n" >> "$GITHUB_PATH"' }, { run: echo after }]
`,
    };
    const sha = await push(repository, files);
    const run = await ended(forge, repository, sha);
    const jobs = await jobsOf(forge, repository, run);
    expect(jobs.map(({ name, conclusion }) => `${name} ${conclusion ?? ''}`).sort()).toEqual(
      ['environment', 'expression', 'hashes', 'long', 'path'].map((name) => `${name} failure`),
    );
    const logs = new Map<string, string>();
    for (const each of jobs) logs.set(each.name, await logOf(forge, repository, each));
    for (const name of ['expression', 'hashes']) expect(logs.get(name)).toContain('has a NUL character');
    expect(logs.get('long')).toContain('Argument list too long');
    expect(logs.get('environment')).toContain("Unable to process file command 'GITHUB_ENV': Invalid value. It has a NUL character");
    expect(logs.get('path')).toContain("Unable to process file command 'GITHUB_PATH': Invalid value. It has a NUL character");
    await expectUnbroken();
  });
});

describe('a repository whose files are gone', () => {
  it('keeps no forge from its start, and no other repository from working', async () => {
    const broken = await workbench(forge);
    await broken.open('lost');
    rmSync(path.join(dataDirectory, 'repositories/owner', `${broken.place.repo}.git`), { recursive: true });
    await expectUnbroken();
    const { status } = await forge.fetch(`/repos/owner/${broken.place.repo}/contents/README.md`, { login: 'reader' });
    expect(status).toBe(500);
    const other = await workbench(forge);
    await other.open('fine');
    broken.dispose();
    other.dispose();
  });
});
