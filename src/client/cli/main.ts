// The command line. It answers without a server in a moment: what a command needs is loaded when the command runs.
import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError, InvalidArgumentError, type CommandOptions } from 'commander';
import type { LogsOptions } from './logs.ts';
import { Problem } from './problem.ts';
import type { RunOptions } from './run.ts';
import type { SandboxOptions } from './sandbox.ts';
import type { ScheduleOptions } from './schedule.ts';
import type { StatusOptions } from './status.ts';
import { VERSION } from '../version.ts';
import { failure } from './failure.ts';
import { EXIT } from './exit-codes.ts';

interface Global {
  readonly json?: true;
}

const collect = (value: string, all: string[] = []): string[] => [...all, value];

/** Asked of the words themselves: what can't be parsed is answered as well. */
const isJson = process.argv.includes('--json');

const program = new Command('signalbox')
  .exitOverride()
  .configureOutput({ writeErr: (text) => void (isJson || process.stderr.write(text)) })
  .description('Durable orchestration of coding agents: from a ticket to a merged pull request.')
  .version(VERSION)
  .showHelpAfterError('(signalbox --help lists the commands)')
  .configureHelp({ sortSubcommands: false });

const minutes = (text: string): number => {
  if (Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('minutes, more than 0');
};
const count = (text: string): number => {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number, at least 1');
};
const withJson = (command_: Command): Command =>
  command_
    .option('--json', 'one JSON object (or one a line) on standard output, for scripts')
    .showHelpAfterError(`(${pathOf(command_)} --help says what it takes)`);
/** "signalbox mr show". */
const pathOf = (one: Command): string => (one.parent === null ? one.name() : `${pathOf(one.parent)} ${one.name()}`);
const command = (usage: string, description: string): Command => withJson(program.command(usage).description(description));

command('up', 'Start Temporal, the worker and the gateway on this machine; say so when they answer').action(async (options: Global) =>
  (await import('./up.ts')).up(options),
);
command('down', 'Stop what `up` started; work in progress goes on at the next `up`').action(async (options: Global) =>
  (await import('./down.ts')).down(options),
);
command('status', 'What runs, who is waited for, what comes next, what was done today, what is wrong')
  .option('--audience <who>', 'owner, stakeholder or external: what is for them', 'owner')
  .option('--watch', 'stay, and show it anew every two seconds')
  .action(async (options: StatusOptions) => (await import('./status.ts')).status(options));
command('doctor', 'Look at everything that has to be right, and say how to mend what is not')
  .option('--fix', 'mend what can be')
  .action(async (options: Global & { fix?: true }) => (await import('./doctor.ts')).doctor(options));
const WORKSPACE = ['--workspace <name>', 'what the work belongs to', 'default'] as const;
const PIPELINE = [
  '--pipeline <name>',
  'delivery (reviewed, watched until it is merged) or quick (proposed, and people do the rest)',
] as const;
const AS = ['--as <identity>', 'as whose account (SIGNALBOX_IDENTITIES); installation: that of GITHUB_TOKEN'] as const;
command('plan <issue>', 'The phases of an issue (or of the task for it), and those left out, each with its reason; starts nothing')
  .option(...WORKSPACE)
  .option(...PIPELINE)
  .action(async (issue: string, options: Global & { pipeline?: string; workspace: string }) =>
    (await import('./plan.ts')).showPlan(issue, options),
  );
command('run [goal...]', 'Work on an issue, or on a goal in the repository of this directory; the same one is worked on once at a time')
  .option('--issue <owner/repo#number>', 'the issue; #number in a checkout of the repository')
  .option('--after <task>', 'start when this task is merged, and fail if it ends otherwise; may be repeated', collect)
  .option('--after-timeout <minutes>', 'fail if they are not merged in that time; otherwise it waits for as long as they take', minutes)
  .option(...WORKSPACE)
  .option(...PIPELINE, 'delivery')
  .option(...AS)
  .option('--wait', 'stay until it has ended, telling each decision')
  .action(async (goal: string[], options: RunOptions) => (await import('./run.ts')).run(goal.join(' '), options));
command('retry <task>', 'Try again what has ended without a merge: the same ticket, in the same pipeline, as the same identity')
  .option(...AS)
  .option('--wait', 'stay until it has ended, telling each decision')
  .action(async (task: string, options: Global & { wait?: true; as?: string }) => (await import('./retry.ts')).retry(task, options));
const schedule = program.command('schedule').description('Runs that come again: Temporal Schedules of this installation');
const ofSchedule = (usage: string, description: string): Command => withJson(schedule.command(usage).description(description));
ofSchedule('add <cron> <command...>', 'schedule add "0 3 * * 1" --tz Europe/Berlin -- run "a goal"')
  .requiredOption('--tz <zone>', 'time zone of the cron expression, as Europe/Berlin')
  .option('--name <name>', 'what it is called; made of what it runs by default')
  .option('--catch-up', 'make up for what was missed while the server was away', false)
  .showHelpAfterError('(what it runs stands behind --: signalbox schedule add "0 3 * * 1" --tz Europe/Berlin -- run "a goal")')
  .action(async (cron: string, words: string[], options: ScheduleOptions) =>
    (await import('./schedule.ts')).addSchedule(cron, words, options),
  );
ofSchedule('list', 'Schedules, with when they come next').action(async (options: Global) =>
  (await import('./schedule.ts')).listSchedules(options),
);
for (const [verb, description] of Object.entries({
  pause: 'Do not start anything until it is resumed',
  resume: 'Start again when it is time',
  remove: 'Forget it; tasks that it has started go on',
  trigger: 'Start it now, as if it were time',
}) as ['pause' | 'resume' | 'remove' | 'trigger', string][])
  ofSchedule(`${verb} <name>`, description).action(async (name: string, options: Global) =>
    (await import('./schedule.ts')).changeSchedule(verb, name, options),
  );
command('demo', 'From an issue to a merged request, on this machine, with a scripted model')
  .option('--keep', 'leave everything running at the end')
  .option('--data <folder>', 'where it keeps everything; a new temporary folder otherwise')
  .option('--undelayed', 'a forge without the delays of real ones')
  .action(async (options: Global & { keep?: true; undelayed?: true; data?: string }) => (await import('./demo.ts')).demo(options));
command('sandbox', 'A forge and a Temporal server on this machine, to try things on; stays until Ctrl-C')
  .option('--data <folder>', 'where it keeps everything', '.signalbox-sandbox')
  .option('--undelayed', 'a forge without the delays of real ones')
  .option('--model [script]', 'a scripted model as well, by a module or YAML (devkit/README.md); that of the demo by default')
  .option('--env', 'print only the environment, for eval, and go on in the background')
  .option('--stop', 'end the one that runs in the folder; also a demo that was kept, with --data <its folder>')
  .action(async (options: SandboxOptions) => (await import('./sandbox.ts')).sandbox(options));
command('list', 'Tasks and sessions, newest first')
  .option('--all', 'also those that have ended')
  .action(async (options: Global & { all?: true }) => (await import('./list.ts')).list(options));
command('show <id>', 'One task, review, request or session: phases with reasons, its tree, findings, cost').action(
  async (id: string, options: Global) => (await import('./show.ts')).show(id, options),
);
command('explain <id>', 'Every decision of a task, with its rule and its reason')
  .option('--facts', 'with what was seen')
  .action(async (id: string, options: Global & { facts?: true }) => (await import('./explain.ts')).explainDecisions(id, options));
command('logs [id]', 'What happened in a task, its sessions and its request; without an id, everywhere')
  .option('-f, --follow', 'stay, and print what comes')
  .option('--since <time>', 'from then on: 30m, 2h or 1d ago, or a moment as 2026-11-29T09:00')
  .option('--level <level>', 'debug, info, warn or error: this and graver', 'debug')
  .option('--kind <kind>', 'decision, effect, tool, trigger …: only these; may be repeated', collect)
  .action(async (id: string | undefined, options: LogsOptions) => (await import('./logs.ts')).logs(id, options));
command('steer <id> <message...>', 'Say something that the running session sees before its next step').action(
  async (id: string, words: string[], options: Global) => (await import('./say.ts')).say('steer', id, words.join(' '), options),
);
command(
  'tell <words...>',
  'Say something that is read at the next natural break: an id and the message, or the message for many; to a task, hold, resume, skip <phase> and approve act by rule',
)
  .option('--workspace <name>', 'to all that runs in a workspace')
  .option('--all', 'to all that runs')
  .option('--expires <minutes>', 'of no use after that; you are told when nobody has seen it', minutes)
  .action(async ([first = '', ...words]: string[], options: Global & { workspace?: string; all?: true; expires?: number }) => {
    const { say, sayToAll } = await import('./say.ts');
    if (options.all === true || options.workspace !== undefined) return sayToAll([first, ...words].join(' '), options);
    if (words.length === 0)
      throw new Problem('What shall be said? signalbox tell <id> <message>, or --workspace <name> or --all with a message.');
    return say('tell', first, words.join(' '), options);
  });
command(
  'kill [id]',
  'End a task or a session: its children stop, its processes die, nothing restarts. Or all that runs; requests are paused',
)
  .option('--workspace <name>', 'all that runs in a workspace')
  .option('--all', 'all that runs')
  .option('--yes', 'do not ask before many end')
  .option('--reason <text>', 'why, on record', 'killed from the command line')
  .action(async (id: string | undefined, options: Global & { reason: string; workspace?: string; all?: true; yes?: true }) => {
    const { killMany, killWorkflow } = await import('./kill.ts');
    const many = options.all === true || options.workspace !== undefined;
    if (many === (id !== undefined)) throw new Problem('What shall end? signalbox kill <id>, or --workspace <name>, or --all.');
    return id === undefined ? killMany(options) : killWorkflow(id, options);
  });
const addVerify = (command_: Command): Command =>
  command_
    .option('--statement', 'as a statement of in-toto, unsigned')
    .action(async (named: string, options: Global & { statement?: true }) => (await import('./verify.ts')).verifyRequest(named, options));
const VERIFY = 'Hold what is proven of a request against the forge and git; ends well only if everything holds';
addVerify(command('verify <owner/repo#number>', VERIFY));

const mr = program.command('mr').description('Merge requests: hand one over, see what is done with it and why, take it back');
const ofRequest = (usage: string, description: string): Command => withJson(mr.command(usage).description(description));
ofRequest('adopt <owner/repo#number>', 'Hand an open request over, whoever wrote it; again: with another policy')
  .option(
    '--policy <policy>',
    'watch (reports and reminds), fix (also mends checks and answers comments) or merge (everything; the default)',
  )
  .option('--workspace <name>', 'what the work belongs to', 'default')
  .option(...AS)
  .action(async (named: string, options: Global & { policy?: string; workspace: string; as?: string }) =>
    (await import('./mr.ts')).adopt(named, options),
  );
ofRequest('list', 'Requests in our hands: policy, what they wait for')
  .option('--all', 'also those that are over')
  .action(async (options: Global & { all?: true }) => (await import('./mr.ts')).listRequests(options));
ofRequest('show <owner/repo#number>', 'One request: in whose hands, how its gates stand, what it waits for')
  .option('--why', 'for the last wake-ups: what was seen, which rule decided, what was done')
  .option('--limit <number>', 'how many of the last wake-ups', count, 10)
  .option('--all', 'every wake-up')
  .action(async (named: string, options: Global & { why?: true; limit: number; all?: true }) =>
    (await import('./mr-show.ts')).showRequest(named, options),
  );
for (const [word, description] of Object.entries({
  pause: 'Touch it no more until it is resumed; at once',
  resume: 'Go on with it',
  release: 'Give it back to people for good; that is said in it, once',
}) as ['pause' | 'resume' | 'release', string][])
  ofRequest(`${word} <owner/repo#number>`, description)
    .option('--reason <text>', 'why, on record', 'from the command line')
    .action(async (named: string, options: Global & { reason: string }) => (await import('./mr.ts')).sayOfRequest(word, named, options));
addVerify(ofRequest('verify <owner/repo#number>', VERIFY));

const worktree = program.command('worktree').description('Worktrees of this host: list, status, clean, restore, new');
const ofWorktree = (usage: string, description: string, more?: CommandOptions): Command =>
  withJson(worktree.command(usage, more).description(description));
ofWorktree('list', 'Whose they are, what is in them and nowhere else, and their size', { isDefault: true }).action(
  async (options: Global) => (await import('./worktree.ts')).listHere(options),
);
ofWorktree('status', 'Which files have changed where something is at work').action(async (options: Global) =>
  (await import('./worktree.ts')).statusHere(options),
);
ofWorktree('clean [worktree...]', 'Say what would be removed; with --yes, remove it. What is not published is kept for 30 days')
  .option('--yes', 'do it')
  .action(async (ids: string[], options: Global & { yes?: true }) => (await import('./worktree.ts')).clean(ids, options));
ofWorktree('restore <worktree>', 'Make a worktree again from its last snapshot').action(async (id: string, options: Global) =>
  (await import('./worktree.ts')).restore(id, options),
);
ofWorktree('new <branch>', 'A worktree of your own, of the repository of this directory').action(async (branch: string, options: Global) =>
  (await import('./worktree.ts')).newWorktree(branch, options),
);

const outbox = program.command('outbox').description('What people are asked and told: list, ack, watch');
const ofOutbox = (usage: string, description: string, more?: CommandOptions): Command =>
  withJson(outbox.command(usage, more).description(description));
ofOutbox('list', 'What waits for people, oldest first', { isDefault: true }).action(async (options: Global) =>
  (await import('./outbox.ts')).listOutbox(options),
);
ofOutbox('ack <item>', 'Say that you have seen it: a notice waits no longer, a question still does').action(
  async (item: string, options: Global) => (await import('./outbox.ts')).acknowledge(item, options),
);
ofOutbox('watch', 'What waits, and then what comes, until Ctrl-C').action(async (options: Global) =>
  (await import('./outbox.ts')).watchOutbox(options),
);
const ANSWERS = {
  approve: 'Approve what waits: an item of the outbox, or the task or request that asks',
  reject: 'Reject what waits',
  answer: 'Answer a question that waits',
  confirm: 'Confirm what waits',
} as const;
for (const [verdict, description] of Object.entries(ANSWERS) as [keyof typeof ANSWERS, string][])
  command(`${verdict} <item> ${verdict === 'answer' ? '<text...>' : '[text...]'}`, description)
    .option('--head <commit>', 'the commit that you have seen; refused if the item is about another one')
    .action(async (item: string, words: string[], options: Global & { head?: string }) =>
      (await import('./answer.ts')).giveAnswer(verdict, item, words.join(' '), options),
    );

// Completes commands, options and their choices; the shell asks by the hidden command `complete`.
tab(program, { completionCommandName: 'completion' });

// A reader that has seen enough (`signalbox logs … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.done);
});

try {
  await program.parseAsync();
} catch (error) {
  const { says, code } = failure(error, process.env['SIGNALBOX_LOG_LEVEL'] === 'debug');
  if (isJson && code !== EXIT.done) process.stderr.write(`${JSON.stringify({ error: says, code })}\n`);
  // What can't be parsed is told by the parser itself.
  else if (!(error instanceof CommanderError)) process.stderr.write(`signalbox: ${says}\n`);
  process.exitCode = code;
}
process.exitCode ??= EXIT.done;
