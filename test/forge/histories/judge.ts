// Whether the forge, after a history, is as the effects say: over its API, in git, and in what its webhooks told.
import { execa } from 'execa';
import { eventually, git } from '../harness.ts';
import type { EffectView } from '../pull-request-support.ts';
import type { Received, Receiver } from '../webhook-receiver.ts';
import { refsOf, type Stage } from './play.ts';
import { QUEUE_REF } from './queues.ts';
import type { Merge, Pull, Reckoning, Thread } from './reckoning.ts';

/** @throws Error with all that is not as it must be */
export async function judge(stage: Stage, reckoning: Reckoning, receiver: Receiver): Promise<void> {
  const problems = [...reckoning.problems];
  for (const merge of reckoning.merges) problems.push(...(await problemsOfMerge(stage.bare, merge)));
  for (const { baseRef, after, number } of reckoning.merges)
    if (!(await isAncestor(stage.bare, after, `refs/heads/${baseRef}`))) problems.push(`the merge of #${number} is not in ${baseRef} any more`);
  problems.push(
    ...differences('branches of git', await refsOf(stage.bare), new Map([...reckoning.refs].map(([name, { sha }]) => [name, sha]))),
  );
  problems.push(...(await problemsOfViews(stage, reckoning)));
  problems.push(...(await problemsOfWebhooks(stage, reckoning.effects, receiver)));
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** A merged request is in its base as its method says. */
async function problemsOfMerge(bare: string, { number, method, before, after, head }: Merge): Promise<string[]> {
  if (method === 'push') return (await isAncestor(bare, head, after)) ? [] : [`#${number} counts as merged by a push that has not its head`];
  const problems: string[] = [];
  const expect = (what: string, is: string, mustBe: string): void => {
    if (is !== mustBe) problems.push(`${method} of #${number}: ${what} is\n  ${is}\nand not\n  ${mustBe}`);
  };
  const { stdout: tree } = await execa('git', ['--git-dir', bare, 'merge-tree', '--write-tree', before, head], { reject: false });
  expect('the tree', await git(bare, 'rev-parse', `${after}^{tree}`), tree);
  if (method === 'rebase') {
    const replayed = await git(bare, 'log', '--reverse', '--format=%P %s', `${before}..${after}`);
    expect('parents', String(replayed.split('\n').every((line) => line.indexOf(' ') === 40)), 'true');
    const subjects = (range: string): Promise<string> => git(bare, 'log', '--reverse', '--topo-order', '--no-merges', '--format=%s', range);
    expect('what was replayed', await subjects(`${before}..${after}`), await subjects(`${before}..${head}`));
  } else expect('the parents', await git(bare, 'log', '-1', '--format=%P', after), method === 'merge' ? `${before} ${head}` : before);
  return problems;
}

async function isAncestor(bare: string, one: string, other: string): Promise<boolean> {
  return (await execa('git', ['--git-dir', bare, 'merge-base', '--is-ancestor', one, other], { reject: false })).exitCode === 0;
}

/** What anybody can read is what was done, once, and nothing else. */
async function problemsOfViews({ forge, place }: Stage, reckoning: Reckoning): Promise<string[]> {
  const { rest, paginate } = forge.as('reader');
  const problems: string[] = [];
  const all = await paginate(rest.issues.listForRepo, { ...place, state: 'all', per_page: 100 });
  const numbers = all.map(({ number }) => number).sort((a, b) => a - b);
  const threads = new Map<number, Thread>([...reckoning.issues, ...reckoning.pulls]);
  if (numbers.join() !== Array.from({ length: threads.size }, (_, index) => index + 1).join()) problems.push(`numbers are ${numbers.join()}`);
  problems.push(
    ...differences(
      'issues and requests',
      new Map(
        all.map(({ number, state, labels, comments, pull_request, user }) => [
          number,
          `${pull_request === undefined ? 'issue' : 'request'} of ${user?.login ?? ''}, ${state}, ${comments} comments, ${labels
            .map((label) => (typeof label === 'string' ? label : (label.name ?? '')))
            .sort()
            .join()}`,
        ]),
      ),
      new Map(
        [...threads].map(([number, { author, isOpen, comments, labels }]) => [
          number,
          `${reckoning.pulls.has(number) ? 'request' : 'issue'} of ${author}, ${isOpen ? 'open' : 'closed'}, ${comments.length} comments, ${[...labels].sort().join()}`,
        ]),
      ),
    ),
  );
  const pulls = await paginate(rest.pulls.list, { ...place, state: 'all', per_page: 100 });
  problems.push(
    ...differences(
      'requests',
      new Map(
        pulls.map(({ number, head, base, draft, merged_at, merge_commit_sha, requested_reviewers, auto_merge }) => [
          number,
          `asks ${(requested_reviewers ?? [])
            .map(({ login }) => login)
            .sort()
            .join()}, merges ${merged_at !== null || auto_merge === null ? 'not' : `${auto_merge.merge_method} for ${auto_merge.enabled_by.login}`} itself, ${head.ref} at ${head.sha} into ${base.ref}, ${draft === true ? 'draft' : 'ready'}, ${merged_at === null ? 'not merged' : `merged as ${merge_commit_sha ?? ''}`}`,
        ]),
      ),
      new Map(
        [...reckoning.pulls].map(([number, { headRef, baseRef, head, draft, merged, asked, autoMerge }]) => [
          number,
          `asks ${[...asked].sort().join()}, merges ${merged !== null || autoMerge === null ? 'not' : `${autoMerge.method} for ${autoMerge.by}`} itself, ${headRef} at ${head} into ${baseRef}, ${draft ? 'draft' : 'ready'}, ${merged === null ? 'not merged' : `merged as ${merged.after}`}`,
        ]),
      ),
    ),
  );
  for (const thread of threads.values()) problems.push(...(await problemsOfThread({ forge, place } as Stage, thread)));
  for (const pull of reckoning.pulls.values()) problems.push(...(await problemsOfReviews({ forge, place } as Stage, pull)));
  return problems;
}

/** Commits come from git, not from what happened. */
async function problemsOfThread({ forge, place }: Stage, { number, timeline, comments }: Thread): Promise<string[]> {
  const { rest, paginate } = forge.as('reader');
  const one = { ...place, issue_number: number, per_page: 100 };
  const entries = (await paginate(rest.issues.listEventsForTimeline, one)) as { event: string; actor?: { login: string }; user?: { login: string } }[];
  const shown = entries.filter(({ event }) => event !== 'committed').map(({ event, actor, user }) => `${event} ${(actor ?? user)?.login ?? ''}`);
  const said = (await paginate(rest.issues.listComments, one)).map(({ id }) => id);
  return [
    ...sameList(`the timeline of #${number}`, shown, timeline),
    ...sameList(
      `the comments on #${number}`,
      said.map(String),
      comments.map(String),
    ),
  ];
}

async function problemsOfReviews({ forge, place }: Stage, { number, reviews }: Pull): Promise<string[]> {
  const { rest, paginate } = forge.as('reader');
  const shown = await paginate(rest.pulls.listReviews, { ...place, pull_number: number, per_page: 100 });
  return sameList(
    `the reviews of #${number}`,
    shown.map(({ id, user, state, commit_id }) => `${id} ${user?.login ?? ''} ${state} ${commit_id ?? ''}`),
    reviews.map(({ id, author, state, commit }) => `${id} ${author} ${state} ${commit}`),
  );
}

/** Each effect that GitHub has an event for was told, once, and nothing else was. */
async function problemsOfWebhooks({ place }: Stage, effects: readonly EffectView[], receiver: Receiver): Promise<string[]> {
  const expected = effects.flatMap(webhooksOf).sort();
  const told = (): string[] =>
    receiver.received
      .filter(({ event, payload }) => event !== 'ping' && nameOf(payload) === `${place.owner}/${place.repo}`)
      .map(asText)
      .sort();
  await eventually('all webhooks', async () => told().length >= expected.length, 10_000).catch(() => undefined);
  return sameList('webhooks', told(), expected);
}

const nameOf = (payload: Received['payload']): string => (payload['repository'] as { full_name: string }).full_name;

function webhooksOf({ kind, actor, subject, details = {} }: EffectView): string[] {
  const [of = '', action = ''] = kind.split('.');
  const to = `${subject} by ${actor}`;
  switch (of) {
    case 'ruleset':
      return []; // repository_ruleset is never sent: devkit/forge/README.md
    case 'merge_group':
      return [`${kind} ${String(details['sha'])} by ${actor}`];
    case 'ref': {
      const branch = `${subject.replace('refs/heads/', '')} by ${actor}`;
      const others = { created: [`create ${branch}`], deleted: [`delete ${branch}`] }[action] ?? [];
      if (action === 'deleted' && subject.startsWith(QUEUE_REF)) others.push(`merge_group.destroyed ${String(details['before'])} by ${actor}`);
      return [...others, `push ${to} ${String(details['before'])}..${String(details['after'])}`];
    }
    case 'issue':
      return [`issues.${action} ${to}`];
    case 'branch_protection':
      return [`branch_protection_rule.${action} ${to}`];
    case 'status':
      return [`status ${to}`];
    case 'pull_request':
      return [`pull_request.${action === 'merged' ? 'closed, merged' : action} ${to}`];
    default:
      return [`${kind} ${to}`];
  }
}

interface Payload {
  readonly sender: { readonly login: string };
  readonly ref?: string;
  readonly before?: string;
  readonly after?: string;
  readonly context?: string;
  readonly pull_request?: { readonly number: number; readonly merged?: boolean };
  readonly issue?: { readonly number: number };
  readonly rule?: { readonly name: string };
  readonly merge_group?: { readonly head_sha: string };
  readonly check_run?: { readonly name: string };
  readonly check_suite?: { readonly head_sha: string };
}

function asText({ event, action, payload }: Received): string {
  const it = payload as unknown as Payload;
  const number = it.pull_request?.number ?? it.issue?.number;
  const subject =
    number === undefined ? (it.rule?.name ?? it.check_run?.name ?? it.check_suite?.head_sha ?? it.merge_group?.head_sha ?? it.context ?? it.ref ?? '') : `#${number}`;
  const what = action === null ? event : `${event}.${action}`;
  const isMerge = what === 'pull_request.closed' && it.pull_request?.merged === true;
  const range = event === 'push' ? ` ${it.before ?? ''}..${it.after ?? ''}` : '';
  return `${what}${isMerge ? ', merged' : ''} ${subject} by ${it.sender.login}${range}`;
}

function differences<Key>(what: string, is: ReadonlyMap<Key, string>, mustBe: ReadonlyMap<Key, string>): string[] {
  return [...new Set([...is.keys(), ...mustBe.keys()])]
    .filter((key) => is.get(key) !== mustBe.get(key))
    .map((key) => `${what}: ${String(key)} is\n  ${is.get(key) ?? 'not there'}\nand not\n  ${mustBe.get(key) ?? 'there'}`);
}

/** Two lists with the same entries, in whatever order. */
function sameList(what: string, is: readonly string[], mustBe: readonly string[]): string[] {
  const surplus = without(is, mustBe);
  const missing = without(mustBe, is);
  return [
    ...(surplus.length === 0 ? [] : [`${what} has more than it must: ${surplus.join(', ')}`]),
    ...(missing.length === 0 ? [] : [`${what} lacks ${missing.join(', ')}`]),
  ];
}

function without(list: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return list.filter((entry) => {
    const at = left.indexOf(entry);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
