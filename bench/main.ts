// `npm run bench -- <name> [parts]`: runs bench/<name>/main.ts with the rest of the arguments.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const [name = ''] = process.argv.splice(2, 1);
const main = path.join(import.meta.dirname, name, 'main.ts');
if (name === '' || !existsSync(main)) {
  const names = readdirSync(import.meta.dirname).filter((entry) => existsSync(path.join(import.meta.dirname, entry, 'main.ts')));
  throw new Error(`there is no benchmark ${JSON.stringify(name)}; there are ${names.join(', ')}`);
}
await import(main);
