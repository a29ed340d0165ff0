// `npm run model`: a scripted model on this machine, over the wire formats of Anthropic and OpenAI; prints where it is, and stays until it
// is stopped. It keeps nothing: killed and started again on its port, it answers as before.
import { Command, InvalidArgumentError } from 'commander';
import { startModel } from './model.ts';
import { readScript, WrongScript } from './script-file.ts';

const command = new Command('model')
  .description('A model that follows a script, over the wire formats of Anthropic and OpenAI.')
  .requiredOption('--script <file>', 'a module with a default export, or YAML (devkit/README.md)')
  .option('--port <number>', '0 for any free one', number, 0)
  .option('--json', 'print one JSON object instead of text', false)
  .showHelpAfterError();

const options = command.parse().opts<{ script: string; port: number; json: boolean }>();
try {
  const model = await startModel(await readScript(options.script), { port: options.port, keepRequests: false });
  const environment = {
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'scripted',
    OPENAI_BASE_URL: `${model.url}/v1`,
    OPENAI_API_KEY: 'scripted',
  };
  process.stdout.write(options.json ? `${JSON.stringify({ url: model.url, environment })}\n` : greeting(model.url, environment));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void model.stop());
} catch (error) {
  if (!(error instanceof WrongScript) && (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

function greeting(url: string, environment: Readonly<Record<string, string>>): string {
  const exports = Object.entries(environment).map(([name, value]) => `  export ${name}=${value}`);
  return [`Scripted model at ${url}, following ${options.script}`, '', 'To use it in place of a provider', ...exports, ''].join('\n');
}

function number(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('It must be the number of a port.');
  return Number(text);
}
