// The Node that runs us, for commands in the sandbox: on machines whose only Node is somewhere in a home directory, they would have none.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEFAULT_PATH, type Mount, type Sandbox } from './confinement.ts';

/** Node, and npm where it lies beside it, as mounts and as the PATH that finds them. */
export function runningNode(sandbox: Sandbox): { readonly mounts: readonly Mount[]; readonly path: string } {
  const bin = dirname(process.execPath);
  if (sandbox.kind !== 'bubblewrap') return { mounts: [], path: `${bin}:${DEFAULT_PATH}` };
  const npm = join(bin, '../lib/node_modules/npm');
  const mounts: Mount[] = [{ path: bin, at: '/opt/node/bin', access: 'read' }];
  if (existsSync(npm)) mounts.push({ path: npm, at: '/opt/node/lib/node_modules/npm', access: 'read' });
  return { mounts, path: `/opt/node/bin:${DEFAULT_PATH}` };
}
