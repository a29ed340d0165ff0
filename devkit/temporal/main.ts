// `npm run temporal`: a Temporal development server on a database file, and nothing else. With --resolve it only gets the executable.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { temporalExecutable } from './executable.ts';
import { startServer } from './server.ts';

const port = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new InvalidArgumentError('A port is a number from 1 to 65535.');
  return value;
};

const options = new Command('temporal')
  .description("Temporal's development server with the settings that Signalbox wants.")
  .option('--data <directory>', 'where the database file is kept', '.temporal')
  .option('--port <number>', 'gRPC port on 127.0.0.1', port, 7233)
  .option('--ui-port <number>', 'port of the web UI on 127.0.0.1', port)
  .option('--resolve', 'only find, download or build the executable, and print its path')
  .parse()
  .opts<{ data: string; port: number; uiPort?: number; resolve?: true }>();

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const executable = await temporalExecutable({ env: process.env, progress: say });
if (options.resolve === true) {
  process.stdout.write(`${executable.path}\n`);
} else {
  await mkdir(options.data, { recursive: true });
  const { uiPort } = options;
  const server = await startServer({
    executable: executable.path,
    database: join(options.data, 'temporal.db'),
    port: options.port,
    ...(uiPort === undefined ? {} : { uiPort }),
  });
  say(`Temporal answers on ${server.address}; data in ${options.data}. Stop with Ctrl-C.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop());
}
