// The next version of Signalbox has one rule and one action more. It is rolled out while many requests are open, runs beside the old one, is
// rolled back, and comes again; and the one after that has a rule that never has enough. It is this tree with three lines more: a copy, so that nothing in the product knows of it.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EffectView } from '../forge/pull-request-support.ts';
import { install, type Installation, type WorkerProcess } from '../support/installation.ts';
import { openRequests, type Opened } from '../support/many-requests.ts';
import { createRequestWorld, helpful, type RequestWorld } from '../support/request-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const REQUESTS = 50;
/** More decisions than this for one look would be a loop: one for each effect that is new to it, one that waits, and what wakes it meanwhile. */
const DECISIONS_A_LOOK = 6;

/** When its rule has enough. */
const ENOUGH = "isMissing(facts, 'thank')";
/** What the next version has that this one has not: after a line of a file, another one. */
const NEXT: readonly (readonly [file: string, after: string, line: string])[] = [
  [
    'src/policies/merge-request.ts',
    '  ...MERGE_REQUEST_ENDED,\n',
    `  { id: 'thanks', when: (facts) => ${ENOUGH}, because: () => 'Everybody is thanked.', then: (facts) => ({ kind: 'thank', key: keyOf(facts, 'thank') }) as never },\n`,
  ],
  ['src/workflows/merge-request.ts', "  ...(['end', 'wait',", " 'thank' as never,"],
  [
    'src/activities/merge-request/effects.ts',
    '  switch (action.kind) {\n',
    "    case 'thank' as never: { const target = { owner, repo, number, thread: null }; return { ...common, target, ...comment(deps, target, () => Promise.resolve('Thank you.')) }; }\n",
  ],
];

let world: RequestWorld;
let here: Installation;
let next: { readonly directory: string; readonly program: string; readonly bundle: string };
let requests: readonly Opened[];

beforeAll(async () => {
  [world, next] = await Promise.all([createRequestWorld(helpful), makeNext()]);
  here = await install({ modelUrl: world.model.url, env: world.env });
  await here.startWorker();
  requests = await openRequests({ ...here, forge: world.forge }, REQUESTS, { ci: 'none' });
}, FIRST_RUN_MS);

afterAll(async () => {
  await here.end();
  await world.end();
  await rm(next.directory, { recursive: true });
});

async function makeNext(): Promise<typeof next> {
  const here = resolve(import.meta.dirname, '../..');
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-next-'));
  for (const part of ['src', 'test/support', 'package.json']) await cp(join(here, part), join(directory, part), { recursive: true });
  await symlink(join(here, 'node_modules'), join(directory, 'node_modules'));
  for (const [file, after, line] of NEXT) {
    const text = await readFile(join(directory, file), 'utf8');
    const at = text.indexOf(after);
    if (at === -1) throw new Error(`${file} has no line ${JSON.stringify(after)} any more`);
    const to = at + (after.endsWith('\n') ? after.length : after.lastIndexOf(' '));
    await writeFile(join(directory, file), text.slice(0, to) + line + text.slice(to));
  }
  const bundle = join(directory, 'workflows.js');
  const make = `import { writeFileSync } from 'node:fs'; import { bundleWorkflows } from './src/workers/bundle.ts'; writeFileSync('workflows.js', await bundleWorkflows());`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', make], { cwd: directory });
  return { directory, program: join(directory, 'test/support/worker.ts'), bundle };
}

const startNext = () => here.startWorker({ TEST_BUNDLE: next.bundle }, next.program);
/** Versions change in good order: what is at work may finish. What kills do is tried elsewhere. */
const stop = async ({ process, gone }: WorkerProcess): Promise<void> => {
  process.kill('SIGTERM');
  await gone;
};
const lastOf = (id: string): Promise<number> => here.store.decisions.last({ workflow: id });
const ruleOf = async (id: string): Promise<string | undefined> => {
  const [newest] = await here.store.decisions.trace({ workflow: id, after: (await lastOf(id)) - 1, limit: 1 });
  return newest?.rule;
};
const handle = ({ id }: Opened) => here.client.workflow.getHandle(id);

/** Something happens at each of these; resolves when each has been looked at, and stands where it waits for one of these. */
async function look(rules: readonly string[], at = requests): Promise<void> {
  const before = await Promise.all(at.map(({ id }) => lastOf(id)));
  await Promise.all(at.map((request) => handle(request).signal('look')));
  for (const [number, { id }] of at.entries()) {
    const stands = async (): Promise<boolean> => (await lastOf(id)) > (before[number] ?? 0) && rules.includes((await ruleOf(id)) ?? '');
    await until(`${id} stands at ${rules.join(' or ')}`, stands, 240);
    expect((await lastOf(id)) - (before[number] ?? 0)).toBeLessThanOrEqual(DECISIONS_A_LOOK);
  }
}

const thanked = async (): Promise<string[]> => {
  const effects = await world.forge.control<EffectView[]>('GET', '/_effects?after=0&limit=5000');
  const comments = effects.filter(({ kind, actor }) => kind === 'issue_comment.created' && actor === 'writer');
  const { rest } = world.forge.as('owner');
  const [first] = requests;
  const { data } = await rest.issues.listCommentsForRepo({ ...first!.place, per_page: 100, sort: 'created', direction: 'desc' });
  const { data: older } = await rest.issues.listCommentsForRepo({
    ...first!.place,
    per_page: 100,
    page: 2,
    sort: 'created',
    direction: 'desc',
  });
  const all = [...data, ...older];
  expect(comments).toHaveLength(all.length); // nothing was said and taken away again
  return all.filter(({ body }) => body?.startsWith('Thank you.')).map(({ issue_url }) => issue_url);
};

const PARKED = 'approval-missing';

describe(`while ${REQUESTS} requests are open`, () => {
  it('a new rule and a new action are rolled out, rolled back, and rolled out again: none fails, none loops, each is done once', async () => {
    for (const request of requests) await request.own();
    await look([PARKED]);
    expect(await thanked()).toEqual([]);

    // Rules of the new version and loops of the old one, as while its workers come: what a loop does not know yet waits, and is let go by a rollback.
    const [first] = here.workers();
    const mixed = await here.startWorker({}, next.program);
    if (first !== undefined) await stop(first);
    await look(['wait-for-upgrade'], requests.slice(0, 5));
    await here.startWorker();
    await stop(mixed);
    await look([PARKED]);
    expect(await thanked()).toEqual([]);

    // Old and new at once: a decision of the one may meet workflow code, or an activity, of the other. Nobody has the loops in memory.
    const [known] = here.workers();
    let newer = await startNext();
    await here.startWorker();
    if (known !== undefined) await stop(known);
    await look([PARKED, 'wait-for-upgrade', 'thanks']);
    await look([PARKED, 'wait-for-upgrade', 'thanks']);

    const decided = await Promise.all(requests.map(({ id }) => here.store.decisions.trace({ workflow: id, after: 0, limit: 1_000 })));
    const rules = new Set(decided.flat().map(({ rule }) => rule));
    expect(rules).toContain('thanks');

    // Rolled back in the middle of it.
    const stopped = stop(newer);
    await look([PARKED]);
    await stopped;
    const early = await thanked();
    expect(new Set(early).size).toBe(early.length);

    // And out, for good.
    const older = here.workers();
    newer = await startNext();
    await Promise.all(older.map(stop));
    await look([PARKED]);
    expect((await thanked()).sort()).toEqual(expect.arrayContaining([...new Set(early)]));
    expect(new Set(await thanked()).size).toBe(REQUESTS);
    expect(await thanked()).toHaveLength(REQUESTS);

    for (const request of requests) {
      const { status } = await handle(request).describe();
      expect(status.name).toBe('RUNNING');
      const { events } = await handle(request).fetchHistory();
      const failed = events?.filter(({ workflowTaskFailedEventAttributes: of }) => of !== null && of !== undefined) ?? [];
      expect(failed).toEqual([]);
    }
  }, 600_000);

  it('a rule that never has enough does its action once, then waits for a person', async () => {
    const file = join(next.directory, 'src/policies/merge-request.ts');
    const text = await readFile(file, 'utf8');
    expect(text).toContain(ENOUGH);
    await writeFile(file, text.replace(ENOUGH, 'true'));
    await Promise.all(here.workers().map(stop));
    await startNext();
    const few = requests.slice(0, 3);
    for (const request of few) await request.own();
    await look(['nothing-changed'], few);
    // Looked at again it is no other.
    await look(['nothing-changed'], few);
    const said = await thanked();
    expect(new Set(said).size).toBe(said.length);
    const [{ id } = { id: '' }] = requests;
    const [newest] = (await here.store.decisions.trace({ workflow: id, after: 0, limit: 1_000 })).slice(-1);
    expect(newest).toMatchObject({ action: { kind: 'wait', forWhom: 'operator' }, because: 'thanks was applied and changed nothing.' });
  }, 240_000);
});
