// A forge that is killed over and over while several people work with it, and what must be true in the end: what was acknowledged is there
// exactly once, what was not at most once, git is sound, and the API says what git says. Used by kill.test.ts and `npm run forge:kills`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { eventually, git, startTestForge, type TestForge } from './harness.ts';
import { receiveWebhooks, type Receiver } from './webhook-receiver.ts';

const CLIENTS = ['owner', 'writer', 'owner', 'writer'] as const;

type Kind = 'issue' | 'comment' | 'push' | 'pull' | 'merge' | 'review' | 'label' | 'status' | 'check' | 'webhook';

/** One thing that a client tried, once: it never tries the same again. */
interface Attempt {
  readonly kind: Kind;
  /** Unique in the run: a title, a text, a name, a branch; for a merge, the number of the pull request. */
  readonly key: string;
  readonly acknowledged: boolean;
}

export interface KillReport {
  readonly kills: number;
  readonly acknowledged: Readonly<Record<Kind, number>>;
  /** Attempts whose answer was lost, by whether they took place. */
  readonly unknown: { readonly happened: number; readonly not: number };
}

interface Run {
  /** Another after each restart. */
  forge: TestForge;
  readonly repository: { readonly owner: string; readonly repo: string };
  readonly attempts: Attempt[];
  /** Rises with each kill and each restart: who saw it change does not know what became of a call. */
  epoch: number;
  isOver: boolean;
}

/** @throws Error that says what is not as it must be, with the seed */
export async function runKills(options: { readonly kills: number; readonly seed: number }): Promise<KillReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kills-'));
  const dataDirectory = path.join(folder, 'data');
  const receiver = await receiveWebhooks();
  let running: TestForge | undefined;
  try {
    const forge = await startTestForge({ dataDirectory });
    running = forge;
    const repository = await forge.repository();
    await receiver.subscribe(forge, repository, ['issues']);
    const run: Run = { forge, repository, attempts: [], epoch: 0, isOver: false };
    const dice = randomOf(options.seed);
    const clients = await Promise.all(
      CLIENTS.map(async (login, index) => {
        const clone = path.join(folder, `clone-${index}`);
        await git(folder, 'clone', '-q', run.forge.remote(repository, login), clone);
        return () => work(run, { login, clone, name: `c${index}`, dice: randomOf(options.seed + index + 1) });
      }),
    );
    const working = clients.map((client) => client());
    for (let kill = 0; kill < options.kills; kill++) {
      // By what was done, not by the clock: a busy machine gets as far as an idle one.
      const enough = acknowledgedSoFar(run) + dice(3, 12);
      await Promise.race([eventually('some work', async () => acknowledgedSoFar(run) >= enough, 120_000), Promise.all(working)]);
      await new Promise((resolve) => setTimeout(resolve, dice(0, 300)));
      run.epoch++;
      await run.forge.stop();
      become(run, await startTestForge({ dataDirectory, arguments: ['--undelayed', '--port', new URL(run.forge.url).port] }));
      running = run.forge;
    }
    const isDone = async (): Promise<boolean> => KINDS.every((kind) => run.attempts.some((it) => it.kind === kind && it.acknowledged));
    await Promise.race([eventually('one of each kind', isDone, 120_000), Promise.all(working)]);
    run.isOver = true;
    await Promise.all(working);
    return { kills: options.kills, ...(await judge(run, receiver, dataDirectory)) };
  } catch (error) {
    throw new Error(`with seed ${options.seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await running?.stop();
    await receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const acknowledgedSoFar = (run: Run): number => run.attempts.filter(({ acknowledged }) => acknowledged).length;

function become(run: Run, forge: TestForge): void {
  run.forge = forge;
  run.epoch++;
}

interface Client {
  readonly login: 'owner' | 'writer';
  readonly clone: string;
  readonly name: string;
  readonly dice: (least: number, most: number) => number;
}

async function work(run: Run, { login, clone, name, dice }: Client): Promise<void> {
  const mine = { issues: [] as number[], branches: [] as string[], pulls: [] as { number: number; sha: string }[] };
  const pick = <Item>(items: Item[]): Item | undefined => items[dice(0, Math.max(0, items.length - 1))];
  for (let step = 0; !run.isOver; step++) {
    const key = `${name}-${step}`;
    const octokit = run.forge.as(login);
    const { repository } = run;
    const act = async <Result>(kind: Kind, as: string, call: () => Promise<Result>): Promise<Result | undefined> => {
      const before = run.epoch;
      try {
        const result = await call();
        run.attempts.push({ kind, key: as, acknowledged: true });
        return result;
      } catch (error) {
        // Where nobody was killed, nothing may fail.
        if (run.epoch === before && before % 2 === 0) throw new Error(`${kind} ${as} failed without a kill`, { cause: error });
        run.attempts.push({ kind, key: as, acknowledged: false });
        await eventually(
          'the forge again',
          async () =>
            run.isOver ||
            (await fetch(run.forge.url).then(
              () => true,
              () => false,
            )),
          60_000,
        );
        return undefined;
      }
    };
    const [branch] = mine.branches;
    const [pull] = mine.pulls;
    const issue = pick(mine.issues);
    switch (next(dice, { issue, branch, pull })) {
      case 'issue': {
        const made = await act('issue', key, () => octokit.rest.issues.create({ ...repository, title: key }));
        if (made !== undefined) mine.issues.push(made.data.number);
        break;
      }
      case 'comment':
        if (issue !== undefined)
          await act('comment', key, () => octokit.rest.issues.createComment({ ...repository, issue_number: issue, body: key }));
        break;
      case 'push': {
        await git(clone, 'checkout', '-q', '--detach', 'origin/main');
        writeFileSync(path.join(clone, key), key);
        await git(clone, 'add', '.');
        await git(clone, 'commit', '-qm', key);
        if ((await act('push', key, () => git(clone, 'push', '-q', 'origin', `HEAD:refs/heads/${key}`))) !== undefined)
          mine.branches.push(key);
        break;
      }
      case 'pull':
        if (branch !== undefined) {
          mine.branches.shift();
          const made = await act('pull', branch, () =>
            octokit.rest.pulls.create({ ...repository, title: `pull-${branch}`, head: branch, base: 'main' }),
          );
          if (made !== undefined) mine.pulls.push({ number: made.data.number, sha: made.data.head.sha });
        }
        break;
      case 'review':
        if (pull !== undefined)
          await act('review', key, () =>
            octokit.rest.pulls.createReview({ ...repository, pull_number: pull.number, event: 'COMMENT', body: key }),
          );
        break;
      case 'label':
        if (issue !== undefined)
          await act('label', key, () => octokit.rest.issues.addLabels({ ...repository, issue_number: issue, labels: [key] }));
        break;
      case 'status':
        if (pull !== undefined)
          await act('status', key, () =>
            octokit.rest.repos.createCommitStatus({ ...repository, sha: pull.sha, state: 'success', context: key }),
          );
        break;
      case 'check':
        if (pull !== undefined) await act('check', key, () => octokit.rest.checks.create({ ...repository, head_sha: pull.sha, name: key }));
        break;
      case 'webhook':
        await act('webhook', key, () =>
          run.forge.as('owner').rest.repos.createWebhook({ ...repository, config: { url: `http://127.0.0.1:9/${key}` }, active: false }),
        );
        break;
      case 'merge':
        if (pull !== undefined) {
          mine.pulls.shift();
          const { number: pull_number, sha } = pull;
          const title = `merge-of-${pull_number}`;
          await act('merge', String(pull_number), () =>
            octokit.rest.pulls.merge({ ...repository, pull_number, sha, merge_method: 'squash', commit_title: title }),
          );
        }
    }
  }
}

const KINDS: readonly Kind[] = ['issue', 'comment', 'push', 'pull', 'merge', 'merge', 'review', 'label', 'status', 'check', 'webhook'];
const ON_A_PULL: readonly Kind[] = ['merge', 'review', 'status', 'check'];

/** Any kind, or what it needs before it can be done. */
function next(dice: Client['dice'], has: { issue: number | undefined; branch: string | undefined; pull: object | undefined }): Kind {
  const kind = KINDS[dice(0, KINDS.length - 1)] ?? 'issue';
  if ((kind === 'comment' || kind === 'label') && has.issue === undefined) return 'issue';
  if (ON_A_PULL.includes(kind) && has.pull !== undefined) return kind;
  if (ON_A_PULL.includes(kind) || kind === 'pull') return has.branch === undefined ? 'push' : 'pull';
  return kind;
}

/** Looks at everything from outside, and throws at what is not as it must be. */
async function judge(run: Run, receiver: Receiver, dataDirectory: string): Promise<Omit<KillReport, 'kills'>> {
  const { forge, repository, attempts } = run;
  const octokit = forge.as('owner');
  const bare = path.join(dataDirectory, 'repositories', repository.owner, `${repository.repo}.git`);
  const issues = await octokit.paginate(octokit.rest.issues.listForRepo, { ...repository, state: 'all', per_page: 100 });
  const comments = await octokit.paginate(octokit.rest.issues.listCommentsForRepo, { ...repository, per_page: 100 });
  const pulls = await octokit.paginate(octokit.rest.pulls.list, { ...repository, state: 'all', per_page: 100 });
  const branches = await octokit.paginate(octokit.rest.repos.listBranches, { ...repository, per_page: 100 });
  const refs = (await git(bare, 'for-each-ref', '--format=%(refname:short) %(objectname)', 'refs/heads')).split('\n').sort();
  const merges = (await git(bare, 'log', '--format=%s', 'main')).split('\n').flatMap((title) => /^merge-of-(\d+)$/.exec(title)?.[1] ?? []);
  const hooks = await octokit.paginate(octokit.rest.repos.listWebhooks, { ...repository, per_page: 100 });
  const reviews = (
    await Promise.all(
      pulls.map(async ({ number: pull_number }) => octokit.paginate(octokit.rest.pulls.listReviews, { ...repository, pull_number })),
    )
  ).flat();
  const heads = [...new Set(pulls.map(({ head }) => head.sha))];
  const on = async (look: (ref: string) => Promise<string[]>): Promise<string[]> => (await Promise.all(heads.map(look))).flat();
  const statuses = await on(async (ref) =>
    (await octokit.paginate(octokit.rest.repos.listCommitStatusesForRef, { ...repository, ref })).map(({ context }) => context),
  );
  const checks = await on(async (ref) =>
    (await octokit.paginate(octokit.rest.checks.listForRef, { ...repository, ref })).map(({ name }) => name),
  );
  const present: Record<Kind, string[]> = {
    issue: issues.filter(({ pull_request }) => pull_request === undefined).map(({ title }) => title),
    comment: comments.map(({ body }) => body ?? ''),
    push: branches.map(({ name }) => name).filter((name) => name !== 'main'),
    pull: pulls.map(({ title }) => title.replace('pull-', '')),
    merge: merges,
    review: reviews.flatMap(({ body }) => (body === '' ? [] : [body])),
    // Each makes its label, and puts it on.
    label: issues.flatMap(({ labels }) => labels.map((label) => (typeof label === 'string' ? label : (label.name ?? '')))),
    status: statuses,
    check: checks,
    webhook: hooks.map(({ config }) => config.url?.split('/').at(-1) ?? '').filter((key) => /^c\d-\d+$/.test(key)),
  };
  const problems: string[] = [];
  const unknown = { happened: 0, not: 0 };
  for (const { kind, key, acknowledged } of attempts) {
    const times = present[kind].filter((there) => there === key).length;
    if (acknowledged ? times !== 1 : times > 1)
      problems.push(`${kind} ${key}, ${acknowledged ? 'acknowledged' : 'not acknowledged'}, is there ${times} times`);
    if (!acknowledged) unknown[times === 0 ? 'not' : 'happened']++;
  }
  for (const kind of Object.keys(present) as Kind[])
    for (const key of present[kind])
      if (!attempts.some((attempt) => attempt.kind === kind && attempt.key === key)) problems.push(`nobody tried ${kind} ${key}`);
  const mergedPulls = pulls.filter(({ merged_at }) => merged_at !== null).map(({ number }) => String(number));
  expectSame('merged pull requests and merges in git', mergedPulls, merges, problems);
  expectSame(
    'branches of the API and of git',
    branches.map(({ name, commit }) => `${name} ${commit.sha}`),
    refs,
    problems,
  );
  expectSame(
    'numbers',
    [...new Set(issues.map(({ number }) => String(number)))],
    issues.map(({ number }) => String(number)),
    problems,
  );
  const effects = (await forge.control<{ kind: string; subject: string }[]>('GET', '/_effects?limit=10000')).map(
    ({ kind, subject }) => `${kind} ${subject}`,
  );
  const once = effects.filter((effect) => /^(pull_request\.(merged|opened)|ref\.created|issue\.opened|issues\.opened) /.test(effect));
  expectSame('effects that are done once', [...new Set(once)], once, problems);
  const fsck = await execa('git', ['--git-dir', bare, 'fsck', '--full', '--strict', '--no-dangling'], { reject: false });
  if (fsck.exitCode !== 0) problems.push(`git fsck: ${fsck.stdout}${fsck.stderr}`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  await eventually(
    'a webhook for each issue',
    async () => {
      const told = new Set(
        receiver.received.filter(({ action }) => action === 'opened').map(({ payload }) => (payload['issue'] as { title: string }).title),
      );
      return present.issue.every((title) => told.has(title));
    },
    30_000,
  );
  const acknowledged = (kind: Kind): number => attempts.filter((attempt) => attempt.kind === kind && attempt.acknowledged).length;
  return {
    acknowledged: Object.fromEntries((Object.keys(present) as Kind[]).map((kind) => [kind, acknowledged(kind)])) as Record<Kind, number>,
    unknown,
  };
}

function expectSame(what: string, one: readonly string[], other: readonly string[], problems: string[]): void {
  const [a, b] = [[...one].sort().join(', '), [...other].sort().join(', ')];
  if (a !== b) problems.push(`${what} differ:\n  ${a}\n  ${b}`);
}

function randomOf(seed: number): (least: number, most: number) => number {
  const generator = xoroshiro128plus(seed);
  return (least, most) => uniformInt(generator, least, most);
}
