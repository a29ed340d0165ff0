// `node scripts/build.ts`: makes `dist`, what the published package runs: compiled, because Node strips no types inside node_modules. Types are
// checked by `npm run check`, not here.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleWorkflows } from '../src/workers/bundle.ts';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const ROOMS = ['src', 'devkit'];
/** Compiled, or for people who read the source. */
const LEFT_OUT = /\.(ts|md)$/;

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
// Scripts, schemas and module files lie beside the code that uses them, with their permissions.
for (const room of ROOMS)
  cpSync(join(root, room), join(dist, room), {
    recursive: true,
    filter: (source) => statSync(source).isDirectory() || !LEFT_OUT.test(source),
  });
writeFileSync(join(dist, 'workflows.js'), withoutPlace(await bundleWorkflows()));

/** The bundle's source map names files by where they were at build time; that is nobody's business. */
function withoutPlace(code: string): string {
  return code.replace(/(?<=sourceMappingURL=data:application\/json;charset=utf-8;base64,)[\w+/=]+/, (encoded) => {
    const map = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { sources: string[] };
    map.sources = map.sources.map((source) => source.replace(`${root}/`, ''));
    return Buffer.from(JSON.stringify(map)).toString('base64');
  });
}
