// The command line. It answers without a server in a moment: what a command needs is loaded when the command runs.
import { Command } from 'commander';
import { Problem } from './problem.ts';
import { VERSION } from '../version.ts';
import { EXIT } from './exit-codes.ts';

interface Global {
  readonly json?: true;
}

const program = new Command('signalbox')
  .description('Durable orchestration of coding agents: from a ticket to a merged pull request.')
  .version(VERSION)
  .showHelpAfterError('(signalbox --help lists the commands)')
  .configureHelp({ sortSubcommands: false });

const command = (usage: string, description: string): Command =>
  program.command(usage).description(description).option('--json', 'one JSON object (or one a line) on standard output, for scripts');

command('up', 'Start Temporal and the worker on this machine; say so when they answer').action(async (options: Global) =>
  (await import('./up.ts')).up(options),
);
command('down', 'Stop what `up` started; work in progress goes on at the next `up`').action(async (options: Global) =>
  (await import('./down.ts')).down(options),
);
command('status', 'What runs, who is waited for, what is wrong').action(async (options: Global) =>
  (await import('./status.ts')).status(options),
);
command('run', 'Work on an issue: the same issue is worked on once at a time')
  .requiredOption('--issue <owner/repo#number>', 'the issue')
  .option('--workspace <name>', 'what the work belongs to', 'default')
  .option('--wait', 'stay until it has ended, telling each decision')
  .action(async (options: Global & { issue: string; workspace: string; wait?: true }) => (await import('./run.ts')).run(options));
command('sandbox', 'A forge and a Temporal server on this machine, to try things on; stays until Ctrl-C')
  .option('--data <folder>', 'where it keeps everything', '.signalbox-sandbox')
  .option('--undelayed', 'a forge without the delays of real ones')
  .option('--env', 'print only the environment, for eval, and go on in the background')
  .action(async (options: Global & { data: string; undelayed?: true; env?: true }) => (await import('./sandbox.ts')).sandbox(options));
command('list', 'Tasks and sessions, newest first')
  .option('--all', 'also those that have ended')
  .action(async (options: Global & { all?: true }) => (await import('./list.ts')).list(options));
command('show <id>', 'One task or session: its state, its children, its last decision, its mail').action(
  async (id: string, options: Global) => (await import('./show.ts')).show(id, options),
);
command('explain <id>', 'Every decision of a task, with its rule and its reason')
  .option('--facts', 'with what was seen')
  .action(async (id: string, options: Global & { facts?: true }) => (await import('./explain.ts')).explainDecisions(id, options));
command('logs <id>', 'What happened in a task and its sessions')
  .option('-f, --follow', 'stay, and print what comes')
  .action(async (id: string, options: Global & { follow?: true }) => (await import('./logs.ts')).logs(id, options));
command('steer <id> <message...>', 'Say something that the running session sees before its next step').action(
  async (id: string, words: string[], options: Global) => (await import('./say.ts')).say('steer', id, words.join(' '), options),
);
command('tell <id> <message...>', 'Say something that is read at the next natural break').action(
  async (id: string, words: string[], options: Global) => (await import('./say.ts')).say('tell', id, words.join(' '), options),
);
command('kill <id>', 'End a task or a session: its children stop, its processes die, nothing restarts')
  .option('--reason <text>', 'why, on record', 'killed from the command line')
  .action(async (id: string, options: Global & { reason: string }) => (await import('./kill.ts')).killWorkflow(id, options));

// A reader that has seen enough (`signalbox logs … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.done);
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  const isJson = process.argv.includes('--json');
  process.stderr.write(isJson ? `${JSON.stringify({ error: error.message, code: error.exitCode })}\n` : `signalbox: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
process.exitCode ??= EXIT.done;
