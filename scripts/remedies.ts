// `npm run remedies [fault]`: takes the remedy of each fault out of a copy of this code, and expects that the fault's test then fails. A test
// that passes without what it is there for would prove nothing.
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Remedy {
  readonly fault: string;
  readonly file: string;
  /** What is the remedy; it has to be there once. */
  readonly remedy: string;
  readonly without: string;
  readonly test: string;
  /** What the test's name contains. */
  readonly name: string;
}

const SESSION = 'test/workflows/session.test.ts';
const LONG = 'test/workflows/long.test.ts';
const REMEDIES: readonly Remedy[] = [
  {
    fault: 'unknown action after a rollback',
    file: 'src/activities/assess/assess.ts',
    remedy: '!input.understands.includes(action.kind)',
    without: 'false',
    test: 'test/activities/assess.test.ts',
    name: 'waits for the upgrade',
  },
  {
    fault: 'an action that changes nothing',
    file: 'src/activities/assess/assess.ts',
    remedy: 'action.key !== undefined && digest === input.applied',
    without: 'false',
    test: 'test/activities/assess.test.ts',
    name: 'waits for a person where an action was applied and changed nothing',
  },
  {
    fault: 'a signal that can not be decoded',
    file: 'src/contracts/payload-converter.ts',
    remedy: 'return asText(payload) as T;',
    without: "throw new Error('no JSON');",
    test: SESSION,
    name: 'may be typed as signals, as any JSON and even as what is not JSON',
  },
  {
    fault: 'a steer that arrives during the last activity',
    file: 'src/activities/session/end.ts',
    remedy: "if ((await store.mail.close({ address: ending.session })).state === 'unseen') return false;",
    without: 'await store.mail.close({ address: ending.session });',
    test: SESSION,
    name: 'that arrive during the last turn get a turn of their own',
  },
  {
    fault: 'a list of the forge that lags behind what was decided on',
    file: 'src/activities/merge-request/host.ts',
    remedy: 'requireShown(action.about, said, deps.lagSeconds);',
    without: '',
    test: 'test/workflows/lagging-forge.test.ts',
    name: 'is looked at again for a comment that it has shown before',
  },
  {
    fault: 'an answer for something that no longer waits',
    file: 'src/store/operations/outbox.ts',
    remedy: 'if (item.withdrawnBecause !== undefined) return `${item.id} waits no longer: ${item.withdrawnBecause}`;',
    without: '',
    test: 'test/store/conformance.test.ts',
    name: 'refuses an answer to what waits no longer',
  },
  {
    fault: "a model's key is missing",
    file: 'src/activities/model/ask.ts',
    remedy: 'if (LoadAPIKeyError.isInstance(error))',
    without: "if (typeof error === 'symbol')",
    test: 'test/activities/model/ask.test.ts',
    name: 'is refused, naming the key, where there is none',
  },
  {
    fault: 'something is said to a task whose request is open',
    file: 'src/policies/task-request.ts',
    remedy: 'words.length > 0 && owner !== null',
    without: 'words.length < 0 && owner !== null',
    test: 'test/workflows/delivery.test.ts',
    name: '',
  },
  {
    fault: 'signal to an ended workflow',
    file: 'src/client/send.ts',
    remedy: '(await nudge({ store, client }, mail.to))',
    without: '(await nudge({ store, client }, mail.to)) || true',
    test: SESSION,
    name: 'after the end are told to be undelivered',
  },
  ...(
    [
      ['task', 'running(family).length === 0', 'is waited for by its task before that continues as new'],
      ['review', 'running.length === 0', 'continue as new only when what they have started has ended'],
      ['merge-request', 'running(work) === null', 'continue as new only when what they have started has ended'],
    ] as const
  ).map(([workflow, ended, name]) => ({
    fault: `continue-as-new with children (${workflow})`,
    file: `src/workflows/${workflow}.ts`,
    remedy: `workflowInfo().continueAsNewSuggested && ${ended}`,
    without: 'workflowInfo().continueAsNewSuggested',
    test: LONG,
    name,
  })),
  {
    fault: 'a client that retries beneath the ledger',
    file: 'src/activities/effects/call.ts',
    remedy: 'if (name !== undefined && sent.has(name)) throw retriedBeneath(name);',
    without: '',
    test: 'test/activities/effects/once.test.ts',
    name: 'is refused its second write',
  },
  {
    fault: 'two holders of one key',
    file: 'src/store/operations/ledger.ts',
    remedy: 'if (row !== undefined && row.leaseUntil > now)',
    without: 'if (row !== undefined && now < 0)',
    test: 'test/activities/effects/once.test.ts',
    name: 'is not done by a second holder',
  },
  {
    fault: 'a late heartbeat with the command still running',
    file: 'src/jobs/supervise.sh',
    remedy: 'ln claim.$$ claim 2>/dev/null || exec rm claim.$$',
    without: 'cp claim.$$ claim',
    test: 'test/jobs/jobs.test.ts',
    name: 'is started once, however many start it at once',
  },
  {
    fault: 'the store locked by another process for three seconds',
    file: 'src/store/sqlite.ts',
    remedy: '{ timeout: busyTimeoutMs }',
    without: '{ timeout: Math.min(busyTimeoutMs, 0) }',
    test: 'test/store/processes.test.ts',
    name: 'an operation waits and succeeds',
  },
  {
    fault: 'a worktree whose .git was replaced, with hooks, fsmonitor, filters, gitlinks',
    file: 'src/git/command.ts',
    remedy: '[`--git-dir=${worktree.gitDirectory}`, `--work-tree=${worktree.directory}`]',
    without: '[] as string[]',
    test: 'test/git/hostile.test.ts',
    name: 'runs with plain git, not with ours',
  },
  {
    fault: 'a holder that was killed while the world may still hide what it did',
    file: 'src/store/operations/ledger.ts',
    remedy: '.set({ leaseUntil: scope.now + input.hiddenMs, holder: null })',
    without: '.set({ leaseUntil: scope.now + input.hiddenMs })',
    test: 'test/activities/effects/once-killed.test.ts',
    name: 'without waiting for the lease: marked',
  },
];

const root = resolve(import.meta.dirname, '..');
const [wanted = ''] = process.argv.slice(2);
const copy = await mkdtemp(join(tmpdir(), 'signalbox-remedies-'));
try {
  for (const name of await readdir(root))
    if (!['node_modules', '.git', '.signalbox'].includes(name)) await cp(join(root, name), join(copy, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const chosen = REMEDIES.filter(({ fault }) => fault.includes(wanted));
  if (chosen.length === 0) throw new Error(`no fault has "${wanted}" in it; there are:\n${REMEDIES.map(({ fault }) => fault).join('\n')}`);
  for (const remedy of chosen) {
    const failed = await failsWithout(remedy);
    process.stdout.write(
      `${failed ? 'fails without its remedy' : 'PASSES WITHOUT ITS REMEDY'}: ${remedy.fault} (${remedy.test} › ${remedy.name})\n`,
    );
    if (!failed) process.exitCode = 1;
  }
} finally {
  await rm(copy, { recursive: true });
}

/** Whether the test has run, and failed. */
async function failsWithout({ file, remedy, without, test, name }: Remedy): Promise<boolean> {
  const path = join(copy, file);
  const source = await readFile(path, 'utf8');
  if (source.split(remedy).length !== 2) throw new Error(`${file} does not have once: ${remedy}`);
  await writeFile(
    path,
    source.replace(remedy, () => without),
  );
  const report = join(copy, 'report.json');
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '-w', '1', '--forceExit', '--json', '--outputFile', report];
  spawnSync(process.execPath, [...jest, test, '-t', name.replaceAll(/[.*+?()[\]]/g, '\\$&')], { cwd: copy, stdio: 'ignore' });
  await writeFile(path, source);
  const { numFailedTests } = JSON.parse(await readFile(report, 'utf8')) as { readonly numFailedTests: number };
  await rm(report);
  return numFailedTests > 0;
}
