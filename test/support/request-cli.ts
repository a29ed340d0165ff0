// What a test of `signalbox mr` works with: a world with requests, an installation in it, and the command line as people use it.
import { resolve } from 'node:path';
import { execa } from 'execa';
import { standsAt } from './decisions.ts';
import { install, type Installation } from './installation.ts';
import { createRequestWorld, helpful, type OpenRequest, type RequestWorld } from './request-world.ts';

const BIN = resolve(import.meta.dirname, '../../bin/signalbox');
const { PATH = '', HOME = '' } = process.env;
const CLASSIFICATION = {
  tool: 'classify',
  input: {
    taskComplexity: 'Small',
    riskLevel: 'Low',
    touchesUI: false,
    touchesArchitecture: false,
    touchesSecurity: false,
    taskMaturity: 'ready',
    reasons: Object.fromEntries(
      ['taskComplexity', 'riskLevel', 'touchesUI', 'touchesArchitecture', 'touchesSecurity', 'taskMaturity'].map((name) => [name, 'So.']),
    ),
  },
};

export interface Shown {
  readonly custody: { readonly state: string; readonly policy: string; readonly generation: number };
  readonly last: { readonly rule: string; readonly because: string } | null;
  readonly merged: { readonly by: string } | null;
}

export interface RequestCli {
  readonly world: RequestWorld;
  readonly here: Installation;
  readonly signalbox: (...args: string[]) => Promise<{ readonly code: number | undefined; readonly out: string; readonly err: string }>;
  /** The same with other settings. */
  readonly withSettings: (more: Readonly<Record<string, string>>, ...args: string[]) => ReturnType<RequestCli['signalbox']>;
  /** The same with --json; throws where the command fails. */
  readonly json: <T>(...args: string[]) => Promise<T>;
  readonly shown: (request: OpenRequest) => Promise<Shown>;
  /** Waits until the last decision is by this rule. */
  readonly stands: (request: OpenRequest, rule: string) => Promise<unknown>;
  /** What Signalbox has done to a repository, but for what CI makes of it. */
  readonly touched: (request: OpenRequest) => Promise<string[]>;
  readonly end: () => Promise<void>;
}

export const nameOf = ({ place, number }: OpenRequest): string => `${place.owner}/${place.repo}#${number}`;

/** @param settings of the installation, beside those that lead to its world */
export async function requestCli(
  settings: (world: RequestWorld) => Promise<Readonly<Record<string, string>>> = () => Promise.resolve({}),
): Promise<RequestCli> {
  const world = await createRequestWorld((playbook, conversation) =>
    playbook === 'classify' ? { call: [CLASSIFICATION] } : helpful(playbook, conversation),
  );
  const given = { ...world.env, ...(await settings(world)) };
  const here = await install({ modelUrl: world.model.url, env: given });
  await here.startWorker();
  const withSettings: RequestCli['withSettings'] = async (more, ...args) => {
    const env = {
      PATH,
      HOME,
      SIGNALBOX_DATA: here.data,
      SIGNALBOX_HOST: here.host,
      SIGNALBOX_LOG_LEVEL: 'error',
      TEMPORAL_ADDRESS: here.address,
      TEMPORAL_NAMESPACE: here.client.options.namespace,
      ...given,
      ...more,
    };
    const { exitCode, stdout, stderr } = await execa(BIN, args, { cwd: here.data, env, extendEnv: false, reject: false });
    return { code: exitCode, out: stdout, err: stderr };
  };
  const signalbox: RequestCli['signalbox'] = (...args) => withSettings({}, ...args);
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, out, err } = await signalbox(...args, '--json');
    if (code !== 0) throw new Error(`${args.join(' ')}: ${code} ${err}`);
    return JSON.parse(out) as T;
  };
  return {
    world,
    here,
    signalbox,
    withSettings,
    json,
    shown: (request) => json<Shown>('mr', 'show', nameOf(request)),
    stands: ({ id }, rule) => standsAt(here.store, id, rule),
    async touched({ bench }) {
      const all = await bench.effects();
      return all.filter(({ kind, actor }) => actor === 'writer' && !/^(check_|workflow_)/.test(kind)).map(({ kind }) => kind);
    },
    async end() {
      await world.end();
      await here.end();
    },
  };
}
