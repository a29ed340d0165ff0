// What a confined command may reach: names that the operator has listed, and of the addresses behind them none that is this machine
// (the Temporal server and the gateway are there) or belongs to no network at all.
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** "host", "host:port", "*.host", or "*". Without a port: 80 and 443. */
export const ALLOWED_HOST = /^(\*|(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:[0-9]{1,5})?$/;

const WEB = [80, 443];

/** How a name is allowed: `exact` ones may be inside a private network, because somebody meant just that host. */
export function howAllowed(allow: readonly string[], host: string, port: number): 'exact' | 'by pattern' | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  const kinds = allow.flatMap((entry) => {
    const [pattern = '', only] = entry.toLowerCase().split(':');
    if (!(only === undefined ? WEB.includes(port) : Number(only) === port)) return [];
    if (pattern === name) return ['exact' as const];
    return pattern === '*' || (pattern.startsWith('*.') && name.endsWith(pattern.slice(1))) ? ['by pattern' as const] : [];
  });
  return kinds.includes('exact') ? 'exact' : kinds[0];
}

/** Whether an address that a name stands for may be connected to. */
export function isReachable(address: string, how: 'exact' | 'by pattern'): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  return !NOWHERE.check(address, family) && !thisMachine().check(address, family) && (how === 'exact' || !PRIVATE.check(address, family));
}

const listOf = (...subnets: readonly (readonly [string, number])[]): BlockList => {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, isIPv6(net) ? 'ipv6' : 'ipv4');
  return list;
};

/** This host, the link (where clouds have their metadata), everybody, and ways to write an IPv4 address as another one. */
const NOWHERE = listOf(
  ...([
    ['0.0.0.0', 8],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['192.0.0.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const),
  ...([
    ['::', 127],
    ['fe80::', 10],
    ['ff00::', 8],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['2002::', 16],
    ['2001::', 32],
  ] as const),
);
const PRIVATE = listOf(
  ...([
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['100.64.0.0', 10],
    ['198.18.0.0', 15],
    ['fc00::', 7],
  ] as const),
);

/** Looked up each time: a laptop changes networks. */
function thisMachine(): BlockList {
  const list = new BlockList();
  for (const { address, family } of Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []))
    list.addAddress(address, family === 'IPv6' ? 'ipv6' : 'ipv4');
  return list;
}
