// The only way out of a sandbox: an HTTP proxy that connects to what is allowed, by the address that it has checked itself, so a name
// can't be resolved a second time to another one.
import { lookup } from 'node:dns/promises';
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect as connectTo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { howAllowed, isReachable } from './reach.ts';

export interface ProxyOptions {
  /** Entries as ALLOWED_HOST takes them. */
  readonly allow: readonly string[];
  /** Every address of a name. Default: as this system resolves it. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  readonly connect?: (address: string, port: number) => Socket;
}

/** A proxy that listens nowhere yet. It speaks plain HTTP and CONNECT. */
export function createProxy({
  allow,
  resolve = everyAddress,
  connect = (address, port) => connectTo(port, address),
}: ProxyOptions): Server {
  const server = createServer((request, response) => void passOn(request, response));
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => void tunnel(request, client, head));
  return server;

  /** An address for a target, or why there is none. */
  async function addressOf(host: string, port: number): Promise<{ address: string } | { refusal: string }> {
    const how = howAllowed(allow, host, port);
    if (how === undefined) return { refusal: `${host}:${port} is not among the allowed hosts (${allow.join(', ')}).` };
    const addresses = await resolve(host).catch(() => []);
    const address = addresses.find((candidate) => isReachable(candidate, how));
    if (address !== undefined) return { address };
    return { refusal: addresses.length === 0 ? `${host} has no address.` : `${host} is an address that commands must not reach.` };
  }

  async function tunnel(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => client.destroy());
    const authority = request.url ?? '';
    const target = /[/@?#\\]/.test(authority) ? undefined : hostAndPort(`http://${authority}`, 443);
    const found = target === undefined ? { refusal: 'That is no address.' } : await addressOf(target.host, target.port);
    if (target === undefined || 'refusal' in found) {
      const { refusal } = found as { refusal: string };
      client.end(`HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\nSignalbox: ${refusal}\n`);
      return;
    }
    const world = connect(found.address, target.port);
    world.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n'));
    world.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      world.write(head);
      client.pipe(world).pipe(client);
    });
    client.on('close', () => world.destroy());
  }

  async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = hostAndPort(request.url ?? '', 80);
    const found = target === undefined ? { refusal: 'This is a proxy; it has no pages.' } : await addressOf(target.host, target.port);
    if (target === undefined || 'refusal' in found) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end(`Signalbox: ${(found as { refusal: string }).refusal}\n`);
      return;
    }
    const { 'proxy-connection': _hop, 'proxy-authorization': _own, ...headers } = request.headers;
    const onward = forward({
      method: request.method,
      path: target.path,
      headers: { ...headers, host: target.authority },
      createConnection: () => connect(found.address, target.port),
    });
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }
}

function hostAndPort(url: string, otherwise: number): { host: string; port: number; path: string; authority: string } | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, pathname, search, host } = new URL(url);
  if (protocol !== 'http:' || hostname === '') return undefined;
  // `new URL` drops a port 80 that was said.
  const said = /:(\d+)(?:\/|$)/.exec(url.slice('http://'.length))?.[1];
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || said || otherwise), path: `${pathname}${search}`, authority: host };
}

const everyAddress = async (host: string): Promise<string[]> => (await lookup(host, { all: true })).map(({ address }) => address);
