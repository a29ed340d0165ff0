// How long what follows from an effect takes in undelayed mode: a push beside one to a bare directory, its first check, a request beside one
// process of git, a webhook.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, git, type TestForge } from '../../test/forge/harness.ts';
import { receiveWebhooks } from '../../test/forge/webhook-receiver.ts';
import { median, percentile, rounded } from '../kernel/figures.ts';

const PUSHES = 10;
const EVENTS = 50;
const REQUESTS = 20;

export interface Delay {
  readonly what: string;
  readonly medianMs: number;
  readonly p95Ms: number;
}

const of = (what: string, values: readonly number[]): Delay => ({
  what,
  medianMs: rounded(median(values)),
  p95Ms: rounded(percentile(values, 95)),
});

export async function measureDelays(forge: TestForge): Promise<Delay[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-forge-'));
  try {
    return [...(await pushes(forge, folder)), ...(await requests(forge, folder)), await webhooks(forge)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pushes(forge: TestForge, folder: string): Promise<Delay[]> {
  const at = await forge.repository('pushes');
  const clone = path.join(folder, 'clone');
  await git(folder, 'clone', '-q', forge.remote(at, 'writer'), clone);
  await git(folder, 'init', '-q', '--bare', 'bare.git');
  writeFileSync(path.join(clone, 'ci.yml'), 'on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: "true"\n');
  await git(
    clone,
    'update-index',
    '--add',
    '--cacheinfo',
    `100644,${await git(clone, 'hash-object', '-w', 'ci.yml')},.github/workflows/ci.yml`,
  );
  const times: Record<'bare' | 'forge' | 'check', number[]> = { bare: [], forge: [], check: [] };
  const timed = async (list: number[], work: () => Promise<unknown>): Promise<void> => {
    const began = performance.now();
    await work();
    list.push(performance.now() - began);
  };
  for (let index = 0; index < PUSHES; index++) {
    await git(clone, 'commit', '-q', '--allow-empty', '-m', `Push ${index}`);
    const ref = await git(clone, 'rev-parse', 'HEAD');
    await timed(times.bare, () => git(clone, 'push', '-q', path.join(folder, 'bare.git'), 'HEAD:refs/heads/main'));
    await timed(times.forge, () => git(clone, 'push', '-q', 'origin', 'HEAD:refs/heads/main'));
    await timed(times.check, () =>
      eventually('the first check', async () => (await forge.as('reader').rest.checks.listForRef({ ...at, ref })).data.total_count > 0),
    );
  }
  return [
    of('push to a bare directory', times.bare),
    of('push to the forge', times.forge),
    of('from there to the first check', times.check),
  ];
}

/** Each from a branch of its own, with one new commit. */
async function requests(forge: TestForge, folder: string): Promise<Delay[]> {
  const at = await forge.repository('opened');
  const clone = path.join(folder, 'opened');
  await git(folder, 'clone', '-q', forge.remote(at, 'writer'), clone);
  const times: Record<'process' | 'open' | 'merge', number[]> = { process: [], open: [], merge: [] };
  for (let index = 0; index < REQUESTS; index++) {
    const head = `topic-${index}`;
    await git(clone, 'commit', '-q', '--allow-empty', '-m', head);
    await git(clone, 'push', '-q', 'origin', `HEAD:refs/heads/${head}`);
    const began = performance.now();
    await git(clone, 'rev-parse', 'HEAD');
    times.process.push(performance.now() - began);
    const opened = performance.now();
    const { data } = await forge.as('writer').rest.pulls.create({ ...at, title: head, head, base: 'main' });
    times.open.push(performance.now() - opened);
    const merged = performance.now();
    await forge.as('writer').rest.pulls.merge({ ...at, pull_number: data.number, sha: data.head.sha });
    times.merge.push(performance.now() - merged);
  }
  return [of('one process of git', times.process), of('open a pull request', times.open), of('merge it', times.merge)];
}

async function webhooks(forge: TestForge): Promise<Delay> {
  const receiver = await receiveWebhooks();
  try {
    const at = await forge.repository('webhooks');
    await receiver.subscribe(forge, at, ['issues']);
    const times: number[] = [];
    for (let index = 0; index < EVENTS; index++) {
      const began = performance.now();
      const title = `Issue ${index}`;
      await forge.as('writer').rest.issues.create({ ...at, title });
      const { at: arrived } = await receiver.first(
        'issues.opened',
        ({ payload }) => (payload['issue'] as { title: string }).title === title,
      );
      times.push(arrived - began);
    }
    return of('from the call that opens an issue to its webhook', times);
  } finally {
    await receiver.stop();
  }
}
