// `proxy-main <directory> <process id> <allowed hosts, with commas>`: the proxy of one command, on a socket in that directory, outside of the
// sandbox. It ends with the process, whoever kills that one, and takes the directory with it.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createProxy } from './proxy.ts';

const LOOK_MS = 200;
const [directory = '', pid = '', allow = ''] = process.argv.slice(2);

/** When a process of that id was started; undefined when there is none. An id alone may be somebody else's by now. */
function startOf(id: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    // "pid (name) state … start": the name may hold anything, so count from its end. A zombie has ended.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

const start = startOf(pid);
createProxy({ allow: allow.split(',') }).listen(join(directory, 'proxy'));
setInterval(() => {
  if (start !== undefined && startOf(pid) === start) return;
  rmSync(directory, { recursive: true, force: true });
  process.exit();
}, LOOK_MS);
