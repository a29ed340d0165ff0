// How a command in a network namespace of its own gets to the proxy: a shell starts the proxy on a socket in a new directory, then becomes
// the sandbox, which sees that directory; inside, the bridge leads from a port to the socket. The proxy belongs to
// nobody and looks whether the command still lives: whatever kills that one, the proxy tidies up after it.
import { fileURLToPath } from 'node:url';
import type { Confinement } from '../confinement.ts';

const SOCKETS = '/run/signalbox';
const TOOLS = '/run/signalbox-tools';

/** Arguments: node, the proxy, the allowed hosts, the sandbox's program, its arguments. */
const START = `dir=$(mktemp -d) || exit 125
( env -i setsid "$0" --no-warnings "$1" "$dir" $$ "$2" </dev/null >/dev/null 2>&1 & )
for i in $(seq 1500); do [ -S "$dir/proxy" ] && break; sleep 0.02; done
program=$3; shift 3
exec "$program" --ro-bind "$dir" ${SOCKETS} "$@"`;

// In the published package these files are compiled.
const own = (name: string): string =>
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? `${name}.ts` : `${name}.js`, import.meta.url));

const PROXY = 'http://127.0.0.1:3128';
const SETTINGS = {
  HTTP_PROXY: PROXY,
  HTTPS_PROXY: PROXY,
  http_proxy: PROXY,
  https_proxy: PROXY,
  NO_PROXY: '',
  no_proxy: '',
  NODE_USE_ENV_PROXY: '1',
};

/** The command line that runs a confined command with a way out. @param confined the arguments of the sandbox's program */
export function throughProxy(
  allow: readonly string[],
  program: string,
  confinement: Confinement,
  command: readonly string[],
  confined: (confinement: Confinement, command: readonly string[]) => string[],
): string[] {
  const bridge = own('./bridge-main');
  const inside = `${TOOLS}/bridge${bridge.slice(bridge.lastIndexOf('.'))}`;
  const more: Confinement = {
    ...confinement,
    mounts: [
      ...confinement.mounts,
      { path: process.execPath, at: `${TOOLS}/node`, access: 'read' },
      { path: bridge, at: inside, access: 'read' },
    ],
    env: { ...SETTINGS, ...confinement.env },
  };
  const bridged = [`${TOOLS}/node`, '--no-warnings', inside, ...command];
  return ['sh', '-c', START, process.execPath, own('./proxy-main'), allow.join(','), program, ...confined(more, bridged)];
}
