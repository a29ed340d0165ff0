// A launcher for the commands of this process: started with the first command, small, and gone with us whatever ends us. Measured on a virtual
// machine: a process of 400 MB stands still for 28 ms when it starts a command itself, and for less than 1 with a launcher, which needs 2.
import { fork, type ChildProcess } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ended, Launch, Watch } from './launch.ts';
import type { FromLauncher, ToLauncher } from './protocol.ts';

export interface Launcher {
  readonly launch: Launch;
  /** Ends it with all that it runs. */
  end(): void;
}

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  readonly atOurEnd?: 'kill' | 'finish';
}

interface Waiting extends Watch {
  readonly resolve: (ended: Ended) => void;
  readonly reject: (error: Error) => void;
}

// In the published package these files are compiled.
const PROGRAM = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './launcher-main.ts' : './launcher-main.js', import.meta.url));

/**
 * Where it is killed, what it ran fails, and the next command gets another one.
 * @param env its own environment, for who looks for its processes
 * @param atOurEnd what becomes of commands that run when we end
 */
export function createLauncher({ env = {}, atOurEnd = 'kill' }: Options = {}): Launcher {
  let current: ChildProcess | undefined;
  const running = new Map<number, Waiting>();
  let last = 0;

  return {
    launch(invocation, watch) {
      const id = ++last;
      const launcher = (current ??= start());
      const ended = new Promise<Ended>((resolve, reject) => running.set(id, { ...watch, resolve, reject }));
      const say = (message: ToLauncher): void => {
        if (launcher.connected) launcher.send(message);
      };
      launcher.ref();
      launcher.channel?.ref();
      say({ kind: 'start', id, invocation, input: watch.input });
      return { kill: () => say({ kind: 'kill', id }), ended };
    },
    end: () => current?.disconnect(),
  };

  function start(): ChildProcess {
    // A session of its own: a Ctrl-C for us is not for it, since what we run is to end as we say.
    const cache = getCompileCacheDir(); // of this version of Node, in the directory that was given
    const cached = cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) };
    const child = fork(PROGRAM, [atOurEnd], {
      execArgv: ['--no-warnings'],
      env: { ...cached, ...env },
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (message: FromLauncher) => hear(child, message));
    child.once('exit', (code, signal) => {
      current = undefined;
      for (const { reject } of running.values()) reject(new Error(`The process that starts commands has ended (${signal ?? code}).`));
      running.clear();
    });
    return child;
  }

  function hear(child: ChildProcess, message: FromLauncher): void {
    const waiting = running.get(message.id);
    if (waiting === undefined) return;
    switch (message.kind) {
      case 'started':
        return waiting.onStart(message.pid);
      case 'output':
        return void waiting.onOutput(message.stream, message.chunk);
      case 'ended':
        waiting.resolve(message.ended);
        break;
      case 'failed':
        waiting.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
        break;
    }
    running.delete(message.id);
    if (running.size > 0) return;
    // It must not keep us.
    child.unref();
    child.channel?.unref();
  }
}
