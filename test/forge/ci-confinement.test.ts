// What the commands of CI can't do: see secrets, reach the network, run for ever, fill memory or disk; and what a dead forge does to them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cloned, ended, job, jobsOf, logOf, push, pushed, runsAt, workflow, type CiRepository } from './ci-support.ts';
import { eventually, ROOT, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
let repository: CiRepository;
beforeAll(async () => {
  forge = await startTestForge();
  repository = await cloned(forge);
});
afterAll(() => forge.stop());

const isRunning = (command: string): boolean => spawnSync('pgrep', ['-f', command]).status === 0;
const first = (jobs: readonly { id: number }[]): { id: number } => jobs[0] ?? { id: 0 };

describe('commands', () => {
  it('see neither the home directory, nor the data of the forge, nor its tokens, nor the network', async () => {
    const secret = path.join(forge.dataDirectory, 'control-token');
    expect(statSync(secret).isFile()).toBe(true);
    const port = new URL(forge.url).port;
    const script = [
      `for f in ${secret} ${forge.dataDirectory}/forge.sqlite ${homedir()} /etc/shadow /home/runner/../../etc/shadow; do ls -d $f && echo "sees $f"; done`,
      `env; cat /proc/*/environ | tr '\\0' '\\n'`,
      `timeout 5 bash -c 'cat < /dev/tcp/127.0.0.1/${port}' && echo "reached the forge"`,
      'touch /usr/x /etc/x && echo "wrote"',
      'echo looked',
    ].join('\n');
    const { jobs } = await pushed(forge, repository, workflow(job('look', `set +e\n${script}`)));
    const log = await logOf(forge, repository, first(jobs));
    expect(log).toMatch(/Z looked$/m);
    for (const sight of [/Z sees /, /Z reached the forge$/m, /Z wrote$/m]) expect(log).not.toMatch(sight);
    for (const token of [...Object.values(forge.tokens), forge.controlToken]) expect(log).not.toContain(token);
  });

  it('cannot lead the forge out of their workspace by links', async () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'outside-'));
    try {
      writeFileSync(path.join(outside, 'secret'), 'name=hunter2\n');
      const jobs = `  test:
    runs-on: x
    steps:
      - run: rm -f "$GITHUB_OUTPUT" && ln -s ${outside}/secret "$GITHUB_OUTPUT"
        id: trick
      - run: rm -rf "$RUNNER_TEMP" "$HOME/work" && ln -s ${outside} "$HOME/work" || true
      - uses: actions/checkout@v4
      - run: echo "output [\${{ steps.trick.outputs.name }}]"
`;
      const { jobs: ran } = await pushed(forge, repository, workflow(jobs));
      expect(await logOf(forge, repository, first(ran))).not.toContain('hunter2');
      expect(readdirSync(outside)).toEqual(['secret']);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it('that never end are ended with their children when the time of their step or job is up', async () => {
    const mark = `71.${process.pid}`;
    const jobs = `${job('step', `(setsid sleep ${mark} &); sleep ${mark}`)}        timeout-minutes: 0.02\n      - { if: always(), run: echo cleaned up }
  whole:
    runs-on: x
    timeout-minutes: 0.02
    steps: [{ run: sleep ${mark} }]
`;
    const { run, jobs: ran } = await pushed(forge, repository, workflow(jobs));
    expect(run.conclusion).toBe('failure');
    expect(ran.map(({ name, conclusion }) => [name, conclusion])).toEqual([
      ['step', 'failure'],
      ['whole', 'cancelled'],
    ]);
    const log = await logOf(forge, repository, first(ran));
    expect(log).toContain('##[error]The action has timed out.');
    expect(log).toContain('Z cleaned up');
    await eventually('the children to end', async () => !isRunning(`sleep ${mark}`));
  });

  it('that print 100 MB, with lines or without, fill neither the log nor memory', async () => {
    const jobs = job(
      'loud',
      'yes "a line of output that says nothing" | head -c 100000000',
      'head -c 100000000 /dev/zero | tr "\\0" x',
      'echo at the end; exit 1',
    );
    const { jobs: ran } = await pushed(forge, repository, workflow(jobs));
    const log = await logOf(forge, repository, first(ran));
    expect(log.length).toBeLessThan(4 * 1024 * 1024 + 1024);
    expect(log).toContain('The log is too long');
    expect(ran[0]?.steps?.map(({ conclusion }) => conclusion)).toEqual(['success', 'success', 'success', 'failure', 'success']);
    const resident = spawnSync('ps', ['-o', 'rss=', '-p', String(forge.process.pid)], { encoding: 'utf8' }).stdout;
    expect(Number(resident)).toBeLessThan(600_000);
  });

  it('that multiply are ended, and the forge goes on', async () => {
    // A real bomb would take the machine from the tests beside this one: hosts that run as root are exempt from the kernel's limit.
    const { run, jobs } = await pushed(forge, repository, workflow(job('bomb', 'for i in $(seq 2000); do sleep 60 & done; wait')));
    expect(run.conclusion).toBe('failure');
    expect(await logOf(forge, repository, first(jobs))).toMatch(/more than \d+ processes at once|Resource temporarily unavailable/);
    expect((await pushed(forge, repository, workflow(job('after', 'true')))).run.conclusion).toBe('success');
  });
});

/** Lets a forge begin something, kills it with SIGKILL, and lets another one go on on the same data. */
async function killed(
  begin: (forge: TestForge) => Promise<{ repository: CiRepository; sha: string }>,
  after: (forge: TestForge, repository: CiRepository, sha: string) => Promise<void>,
  firstArguments?: readonly string[],
): Promise<void> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'forge-'));
  const mortal = await startTestForge({ dataDirectory, ...(firstArguments === undefined ? {} : { arguments: firstArguments }) });
  const begun = await begin(mortal).finally(() => mortal.stop());
  const next = await startTestForge({ dataDirectory });
  try {
    await after(next, begun.repository, begun.sha);
  } finally {
    await next.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

describe('a forge that is killed', () => {
  it('in the middle of a job runs it again after its restart, and its check ends once', async () => {
    await killed(
      async (mortal) => {
        const other = await cloned(mortal);
        const sha = await push(other, workflow(job('long', 'echo begun; sleep 1; echo through')));
        await eventually('the job to begin', async () => {
          const [run] = await runsAt(mortal, other, sha);
          const [long] = run === undefined ? [] : await jobsOf(mortal, other, run);
          return long?.status === 'in_progress';
        });
        return { repository: other, sha };
      },
      async (next, other, sha) => {
        const run = await ended(next, other, sha);
        expect(run).toMatchObject({ conclusion: 'success', run_attempt: 1 });
        const [long] = await jobsOf(next, other, run);
        expect((await logOf(next, other, long ?? { id: 0 })).match(/Z through/g)).toHaveLength(1);
        const effects = await next.control<{ kind: string }[]>('GET', '/_effects?limit=10000');
        for (const kind of ['check_run.created', 'check_run.completed', 'workflow_run.requested', 'workflow_run.completed'])
          expect([kind, effects.filter((effect) => effect.kind === kind).length]).toEqual([kind, 1]);
      },
    );
  });

  it('between a push and its checks loses none of them', async () => {
    await killed(
      async (mortal) => {
        const other = await cloned(mortal);
        return { repository: other, sha: await push(other, workflow(job('later', 'true'))) };
      },
      async (next, other, sha) => expect((await ended(next, other, sha)).conclusion).toBe('success'),
      [], // with GitHub's delays: the checks appear a second after the push at the earliest
    );
  });
});

describe('without a sandbox', () => {
  const start = (...args: string[]): { status: number | null; stderr: string } =>
    spawnSync(
      'bwrap',
      [
        '--dev-bind',
        '/',
        '/',
        '--ro-bind',
        '/bin/false',
        '/usr/bin/bwrap',
        process.execPath,
        'devkit/forge/main.ts',
        '--data',
        path.join(tmpdir(), `forge-none-${process.pid}`),
        ...args,
      ],
      { cwd: ROOT, encoding: 'utf8', timeout: 20_000 },
    );

  it('the forge does not start, and says what to do and what is not promised', () => {
    const { status, stderr } = start();
    expect(status).toBe(1);
    expect(stderr).toContain('start with --no-sandbox');
    expect(stderr).toContain('can read the home directory');
  });

  it('it runs jobs where that was asked for', async () => {
    const open = await startTestForge({ arguments: ['--undelayed', '--no-sandbox'] });
    try {
      const other = await cloned(open);
      const jobs =
        '  test:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n      - run: ls README.md; echo "word=blue" >> "$GITHUB_OUTPUT"\n        id: say\n      - run: echo "got ${{ steps.say.outputs.word }}"\n';
      const { run, jobs: ran } = await pushed(open, other, workflow(jobs));
      expect(run.conclusion).toBe('success');
      expect(await logOf(open, other, first(ran))).toContain('got blue');
    } finally {
      await open.stop();
    }
  });
});
