import { execa } from 'execa';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, git, ROOT, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
let folder: string;
beforeAll(async () => {
  forge = await startTestForge({ arguments: ['--undelayed', '--max-push-mb', '1'] });
  folder = mkdtempSync(path.join(tmpdir(), 'bad-input-'));
});
afterAll(async () => {
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A request exactly as it is written, and everything that comes back. */
async function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(forge.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    // A server that has refused may hang up on what is still being sent; what it said before that counts.
    socket
      .on('data', (chunk) => (answer += chunk.toString('latin1')))
      .on('close', () => resolve(answer))
      .on('error', (error) => (answer === '' ? reject(error) : undefined));
  });
}
const line = (method: string, target: string): string =>
  `${method} ${target} HTTP/1.1\r\nhost: forge\r\nauthorization: Bearer ${forge.tokens['owner'] ?? ''}\r\nconnection: close\r\n\r\n`;

const isWell = async (): Promise<boolean> => (await forge.fetch('/user', { login: 'owner' })).status === 200;

describe('bodies', () => {
  it('of 25 MB are refused with 413, and the forge lives on', async () => {
    const answer = await forge.fetch('/user/repos', { method: 'POST', login: 'owner', body: Buffer.alloc(25 * 1024 * 1024, 'x') });
    expect([answer.status, await answer.json()]).toEqual([
      413,
      expect.objectContaining({ message: 'The body is larger than 10485760 bytes.' }),
    ]);
    expect(await isWell()).toBe(true);
  });

  it('that end early leave nothing behind', async () => {
    const { hostname, port } = new URL(forge.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /user/repos HTTP/1.1\r\nhost: forge\r\nauthorization: Bearer ${forge.tokens['owner'] ?? ''}\r\ncontent-length: 1000\r\n\r\n{"name":`,
    );
    socket.end();
    await new Promise((resolve) => socket.once('close', resolve).resume());
    expect(await isWell()).toBe(true);
  });

  it.each([
    ['no JSON', '{"name":', 400],
    ['text that is no object', '"name"', 400],
    ['a number', '7', 400],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x01]), 400],
    ['wrong types', '{"name":["x"]}', 422],
    ['unknown fields', '{"name":"x","colour":"red"}', 422],
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 422],
  ])('with %s are refused', async (_name, body, status) => {
    expect((await forge.fetch('/user/repos', { method: 'POST', login: 'owner', body })).status).toBe(status);
    expect(await isWell()).toBe(true);
  });
});

describe('addresses', () => {
  it.each([
    ['a path that climbs', '/repos/owner/..%2f..%2fcontrol-token', '404'],
    ['a path that climbs in git', '/owner/..%2f..%2f..%2fetc/info/refs?service=git-upload-pack', '404'],
    ['dots', '/repos/owner/../../_effects', '401'],
    ['a null byte', '/repos/owner/app%00', '404'],
    ['a malformed escape', '/repos/owner/%zz', '404'],
    ['a malformed escape in git', '/owner/%zz/info/refs?service=git-upload-pack', '404'],
    ['another host', '//elsewhere/user', '501'],
    ['a bracket', '//[', '501'],
    ['an absolute address', 'http://elsewhere/user', '400'],
    ['a number that is none', '/repos/owner/app/hooks/1e3', '404'],
    ['a number that is too large', `/repos/owner/app/hooks/${'9'.repeat(40)}`, '404'],
    ['a query that is no number', '/user/repos?per_page=many', '422'],
    ['a path of 10,000 characters', `/repos/owner/${'x'.repeat(10_000)}`, '404'],
  ])('with %s lead nowhere', async (_name, target, status) => {
    const answer = await raw(line('GET', target));
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(answer).not.toContain(forge.controlToken);
    expect(await isWell()).toBe(true);
  });

  it('with headers that are too large are refused', async () => {
    expect(await raw(`GET /user HTTP/1.1\r\nhost: forge\r\nx-large: ${'x'.repeat(20_000)}\r\nconnection: close\r\n\r\n`)).toContain('431');
  });
});

describe('methods', () => {
  it('HEAD answers as GET does, without a body', async () => {
    const { repo } = await forge.repository();
    const [head, get] = await Promise.all(['HEAD', 'GET'].map((method) => forge.fetch(`/repos/owner/${repo}`, { method })));
    expect([head?.status, await head?.text()]).toEqual([200, '']);
    expect(head?.headers.get('content-length')).toBe(get?.headers.get('content-length'));
    expect(head?.headers.get('etag')).toBe(get?.headers.get('etag'));
  });

  it('OPTIONS says what there is, and unknown ones are told by name', async () => {
    const options = await forge.fetch('/user/repos', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, PATCH, PUT, DELETE']);
    const unknown = await forge.fetch('/user', { method: 'DELETE', login: 'owner' });
    expect([unknown.status, await unknown.text()]).toEqual([501, expect.stringContaining('DELETE /user')]);
  });
});

describe('many and slow clients', () => {
  it('300 at once are all answered', async () => {
    const { repo } = await forge.repository();
    const logins = ['owner', 'writer', 'reader', 'stranger'];
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_unused, index) => forge.fetch(`/repos/owner/${repo}`, { login: logins[index % 4] ?? '' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('a push that never ends keeps nobody from pushing', async () => {
    const repository = await forge.repository();
    const slow = httpRequest(`${forge.url}/${repository.owner}/${repository.repo}.git/git-receive-pack`, {
      method: 'POST',
      headers: { authorization: `Bearer ${forge.tokens['writer'] ?? ''}`, 'content-type': 'application/x-git-receive-pack-request' },
    });
    slow.on('error', () => undefined);
    slow.write('00');
    const incoming = path.join(forge.dataDirectory, 'incoming');
    await eventually('the slow push', async () => readdirSync(incoming).length === 1);
    const clone = mkdtempSync(path.join(folder, 'clone-'));
    await git(clone, 'clone', '-q', forge.remote(repository, 'writer'), '.');
    await git(clone, 'commit', '-q', '--allow-empty', '-m', 'Fast');
    await git(clone, 'push', '-q', 'origin', 'main');
    slow.destroy();
    await eventually('nothing of it is left', async () => readdirSync(incoming).length === 0);
  });
});

describe('pushes', () => {
  const clone = async (repository: { owner: string; repo: string }): Promise<string> => {
    const directory = mkdtempSync(path.join(folder, 'clone-'));
    await git(directory, 'clone', '-q', forge.remote(repository, 'writer'), '.');
    return directory;
  };

  it('above the limit are refused with the reason, and leave neither refs nor files', async () => {
    const repository = await forge.repository();
    const directory = await clone(repository);
    writeFileSync(path.join(directory, 'large'), randomBytes(3 * 1024 * 1024));
    await git(directory, 'add', '.');
    await git(directory, 'commit', '-qm', 'Large');
    const before = await git(directory, 'ls-remote', 'origin');
    const reason = 'remote: fatal: pack exceeds maximum allowed size (1.00 MiB)';
    await expect(git(directory, 'push', '-q', 'origin', 'main')).rejects.toThrow(reason);
    await git(directory, 'config', 'http.postBuffer', String(64 * 1024 * 1024));
    await expect(git(directory, 'push', '-q', 'origin', 'main')).rejects.toThrow(reason);
    expect(await git(directory, 'ls-remote', 'origin')).toBe(before);
    expect(readdirSync(path.join(forge.dataDirectory, 'incoming'))).toEqual([]);
  });

  it('of 1 GB cost the forge no memory', async () => {
    const repository = await forge.repository();
    const memory = (): number =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${forge.process.pid ?? 0}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    const before = memory();
    const megabyte = Buffer.alloc(1024 * 1024);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const upload = httpRequest(
        `${forge.url}/${repository.owner}/${repository.repo}.git/git-receive-pack`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${forge.tokens['writer'] ?? ''}`, 'content-type': 'application/x-git-receive-pack-request' },
        },
        (response) => resolve(response.resume().statusCode),
      ).on('error', reject);
      let sent = 0;
      const more = (): void => {
        while (sent++ < 1024) if (!upload.write(megabyte)) return void upload.once('drain', more);
        upload.end();
      };
      more();
    });
    expect(status).toBe(413);
    // Buffers that wait for the collector are some tens of megabytes on a busy machine; the push itself would be a thousand.
    expect(memory() - before).toBeLessThan(300);
  });

  let directory: string;
  beforeAll(async () => {
    directory = await clone(await forge.repository());
  });
  it.each(['ünïcode', 'with%percent', 'hash#tag', "quo'te", 'deep/er/branch', 'plus+and&', '$(touch pwned)'.replace(' ', '_'), '-dash'])(
    'of a branch called %s are taken',
    async (branch) => {
      await git(directory, 'push', '-q', 'origin', `HEAD:refs/heads/${branch}`);
      expect(await git(directory, 'ls-remote', 'origin', `refs/heads/${branch}`)).toContain(branch);
      const effects = await forge.control<{ kind: string; subject: string }[]>('GET', '/_effects?limit=10000');
      expect(effects.at(-1)).toMatchObject({ kind: 'ref.created', subject: `refs/heads/${branch}` });
    },
  );

  it('to refs that are the forge’s own are refused', async () => {
    const directory = await clone(await forge.repository());
    await expect(git(directory, 'push', '-q', 'origin', 'HEAD:refs/pull/1/head')).rejects.toThrow('hidden ref');
  });

  it('that are no git are refused', async () => {
    const { owner, repo } = await forge.repository();
    const answer = await forge.fetch(`/${owner}/${repo}.git/git-receive-pack`, {
      method: 'POST',
      login: 'writer',
      headers: { 'content-type': 'application/x-git-receive-pack-request' },
      body: 'nonsense',
    });
    expect(answer.status === 200 ? await answer.text() : answer.status).not.toContain('ok');
    expect(await isWell()).toBe(true);
  });
});

describe('a start that cannot be', () => {
  const start = async (...options: string[]): Promise<{ exitCode: number | undefined; stderr: string }> => {
    const { exitCode, stderr } = await execa(process.execPath, ['devkit/forge/main.ts', ...options], { cwd: ROOT, reject: false });
    return { exitCode, stderr };
  };

  it('on a directory that another forge has says so', async () => {
    expect(await start('--data', forge.dataDirectory)).toMatchObject({
      exitCode: 1,
      stderr: `Another forge is running on ${forge.dataDirectory}. Stop it, or give this one a directory of its own with --data.`,
    });
    expect(await isWell()).toBe(true);
  });

  it('on a port that is taken says so', async () => {
    const { port } = new URL(forge.url);
    const { exitCode, stderr } = await start('--data', path.join(folder, 'other'), '--port', port);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`The forge cannot listen on 127.0.0.1, port ${port}`)]);
  });

  it('where nothing can be written says so', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    mkdirSync(path.join(folder, 'occupied', 'forge.sqlite'), { recursive: true });
    for (const place of ['file/below', 'occupied']) {
      const { exitCode, stderr } = await start('--data', path.join(folder, place));
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^The forge cannot write in .*Give it another one with --data\.$/)]);
    }
  });

  it.each([
    [['--data', '/tmp/x', '--fast'], "unknown option '--fast'"],
    [['--data', '/tmp/x', '--port', 'http'], 'It must be a whole number.'],
    [[], "required option '--data <folder>' not specified"],
  ])('with options %j says what is wrong', async (options, words) => {
    const { exitCode, stderr } = await start(...options);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(words)]);
  });
});
