// The gateway as a process of its own, kept running on one port as a service manager does.
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../devkit/temporal/free-port.ts';
import type { Installation } from './installation.ts';
import { until } from './until.ts';

const PROGRAM = fileURLToPath(new URL('../../src/client/gateway/main.ts', import.meta.url));
const SECRET = 'a secret of these tests';

export interface KeptGateway {
  /** Where webhooks go, and what signs them. */
  readonly webhook: { readonly url: string; readonly secret: string };
  /** SIGKILL; it is started again. */
  kill(): void;
  stop(): void;
}

/** @param github settings that lead to the forge */
export async function keepGateway(here: Installation, github: Readonly<Record<string, string>>): Promise<KeptGateway> {
  const port = await freePort();
  const { PATH = '', HOME = '' } = process.env;
  let on = true;
  let gateway: ChildProcess;
  const start = (): void => {
    gateway = spawn(process.execPath, [PROGRAM], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        PATH,
        HOME,
        SIGNALBOX_DATA: here.data,
        SIGNALBOX_WEBHOOK_SECRET: SECRET,
        SIGNALBOX_GATEWAY_PORT: `${port}`,
        ...github,
        SIGNALBOX_LOG_LEVEL: 'error',
        TEMPORAL_ADDRESS: here.address,
        TEMPORAL_NAMESPACE: here.client.options.namespace,
      },
    });
    gateway.once('exit', () => {
      if (on) start();
    });
  };
  start();
  await until('the gateway answers', async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok, 60);
  return {
    webhook: { url: `http://127.0.0.1:${port}/webhooks/github`, secret: SECRET },
    kill: () => void gateway.kill('SIGKILL'),
    stop: () => {
      on = false;
      gateway.kill('SIGKILL');
    },
  };
}
