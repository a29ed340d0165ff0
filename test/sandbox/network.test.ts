// The way out of a sandbox: what the proxy lets through, and that there is no other way. Real sandboxes, real sockets.
import { createServer, type Server } from 'node:http';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { DEFAULT_JOB_LIMITS } from '../../src/jobs/job.ts';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';
import { DEFAULT_LIMITS } from '../../src/sandbox/confinement.ts';
import { createProxy } from '../../src/sandbox/network/proxy.ts';
import { ALLOWED_HOST, howAllowed, isReachable } from '../../src/sandbox/network/reach.ts';
import { run } from '../../src/sandbox/run.ts';
import { until } from '../support/until.ts';

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return (server.address() as AddressInfo).port;
};

/** A service of this machine, as the Temporal server is one. */
let service: Server;
let port: number;
const asked: string[] = [];
beforeAll(async () => {
  service = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.host}${request.url}`);
    response.end('secret of the house');
  });
  port = await listening(service);
});
afterAll(async () => {
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

describe('a name', () => {
  it('is allowed as it is written, on the ports of the web or the one that is named', () => {
    const allow = ['registry.example', '*.crates.example', 'db.example:5432'];
    expect(howAllowed(allow, 'Registry.Example.', 443)).toBe('exact');
    expect(howAllowed(allow, 'static.crates.example', 80)).toBe('by pattern');
    expect(howAllowed(allow, 'db.example', 5432)).toBe('exact');
    for (const [host, at] of [
      ['registry.example', 22],
      ['evil-registry.example', 443],
      ['registry.example.evil', 443],
      ['crates.example', 443],
    ] as const)
      expect(howAllowed(allow, host, at)).toBeUndefined();
    expect(howAllowed(['*'], 'anything.example', 443)).toBe('by pattern');
    expect(['a.b', '*.a', '*', 'a:1'].every((entry) => ALLOWED_HOST.test(entry))).toBe(true);
    expect(['a*', 'a,b', 'http://a', '', 'a b', '*a'].some((entry) => ALLOWED_HOST.test(entry))).toBe(false);
  });
});

describe('the setting', () => {
  it('is a list of such names; anything else is refused, and by default there are none', () => {
    expect(readConfig({}).network).toEqual([]);
    expect(readConfig({ SIGNALBOX_NETWORK: ' a.example, *.b.example:8443 ,' }).network).toEqual(['a.example', '*.b.example:8443']);
    expect(() => readConfig({ SIGNALBOX_NETWORK: 'https://a.example/' })).toThrow('"host", "host:port"');
  });
});

describe('an address', () => {
  it('of this machine, of the link, or of nowhere is never reached, however it is written', () => {
    const own = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .map(({ address }) => address);
    const never = [
      '127.0.0.1',
      '127.8.8.8',
      '0.0.0.0',
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '169.254.169.254',
      'fe80::1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '255.255.255.255',
      '224.0.0.1',
    ];
    for (const address of [...never, ...own]) expect([address, isReachable(address, 'exact')]).toEqual([address, false]);
  });

  it('of a private network is reached only for a host that is named', () => {
    for (const address of ['10.255.254.253', '172.31.254.253', '192.168.254.253', '100.64.254.253', 'fd00::1234', '::ffff:10.255.254.253'])
      expect([address, isReachable(address, 'exact'), isReachable(address, 'by pattern')]).toEqual([address, true, false]);
    for (const address of ['93.184.216.34', '2606:2800:220:1::1']) expect(isReachable(address, 'by pattern')).toBe(true);
  });
});

describe('the proxy', () => {
  /** Through a proxy whose names all have the given addresses; every connection ends at the service here. */
  async function through<T>(addresses: readonly string[], work: (proxy: number, connected: string[]) => Promise<T>): Promise<T> {
    const connected: string[] = [];
    const proxy = createProxy({
      allow: ['registry.example', '*.example:8443'],
      resolve: async () => addresses,
      connect: (address, at) => {
        connected.push(`${address}:${at}`);
        return connect(port, '127.0.0.1');
      },
    });
    const at = await listening(proxy);
    try {
      return await work(at, connected);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  }

  const say = (at: number, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(at, '127.0.0.1', () => socket.write(text));
      socket
        .on('data', (data) => (answer += String(data)))
        .on('error', reject)
        .on('close', () => resolve(answer));
    });

  it('passes a request and a tunnel on to the address that it has checked', async () => {
    await through(['127.0.0.1', '93.184.216.34'], async (at, connected) => {
      expect(await say(at, 'GET http://registry.example/package?x=1 HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n')).toContain(
        'secret of the house',
      );
      expect(asked.at(-1)).toBe('GET registry.example/package?x=1');
      const tunnel =
        'CONNECT a.example:8443 HTTP/1.1\r\nHost: a.example:8443\r\n\r\nGET /t HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n';
      expect(await say(at, tunnel)).toMatch(/^HTTP\/1.1 200 Connection Established\r\n\r\n[^]*secret of the house/);
      expect(connected).toEqual(['93.184.216.34:80', '93.184.216.34:8443']);
    });
  });

  it('connects to nothing else', async () => {
    const attempts = [
      'GET http://evil.example/ HTTP/1.1',
      'GET http://registry.example:22/ HTTP/1.1',
      'GET http://registry.example@evil.example/ HTTP/1.1',
      'GET ftp://registry.example/ HTTP/1.1',
      'GET / HTTP/1.1',
      'CONNECT evil.example:443 HTTP/1.1',
      'CONNECT registry.example:22 HTTP/1.1',
      'CONNECT registry.example/../x HTTP/1.1',
      'CONNECT localhost:8443 HTTP/1.1',
    ];
    await through(['93.184.216.34'], async (at, connected) => {
      for (const attempt of attempts) {
        const [status = ''] = (await say(at, `${attempt}\r\nHost: registry.example\r\nConnection: close\r\n\r\n`)).split('\r\n');
        expect([attempt, status]).toEqual([attempt, expect.stringMatching(/^HTTP\/1.1 40[03] /)]);
      }
      expect(connected).toEqual([]);
    });
    await through(['127.0.0.1', '::1'], async (at, connected) => {
      expect(await say(at, 'CONNECT registry.example:443 HTTP/1.1\r\nHost: registry.example\r\n\r\n')).toContain('must not reach');
      expect(connected).toEqual([]);
    });
  });
});

describe('a confined command', () => {
  const confinement = (network?: readonly string[]) => ({
    mounts: [],
    env: {},
    cwd: '/tmp',
    limits: DEFAULT_LIMITS,
    ...(network === undefined ? {} : { network }),
  });
  const bash = (script: string, network?: readonly string[]) =>
    run(bubblewrap(), confinement(network), ['bash', '-c', script], { timeoutMs: 60_000 });
  /** Speaks HTTP through bash alone. */
  const get = (host: string, at: number | string, path = '/') =>
    `{ exec 3<>/dev/tcp/${host}/${at} && printf 'GET ${path} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' >&3 && cat <&3; }`;

  it('without an allowed host has nothing to connect to', async () => {
    const { stdout, status } = await bash(`${get('127.0.0.1', 3128)}; ${get('127.0.0.1', port)}; env | grep -i proxy; ls /run`);
    expect(status).not.toBe(0);
    expect(stdout.toString()).toBe('');
  });

  it('with one reaches the proxy, which does not lead to this machine, and nothing else', async () => {
    const names = ['localhost', '127.0.0.1', `localhost:${port}`, `127.0.0.1:${port}`, '*', `*.localhost:${port}`];
    const own = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    const targets = [
      `localhost:${port}`,
      `127.0.0.1:${port}`,
      `a.localhost:${port}`,
      `0:${port}`,
      ...(own === undefined ? [] : [`${own}:${port}`]),
    ];
    const before = asked.length;
    const script = targets.map((target) => `${get('127.0.0.1', 3128, `http://${target}/`)} | grep Signalbox`).join('\n');
    const { stdout } = await bash(`${script}\n${get('127.0.0.1', port)} 2>&1 | tail -1; echo "$HTTPS_PROXY"`, [
      ...names,
      ...(own === undefined ? [] : [`${own}:${port}`]),
    ]);
    const lines = stdout.toString().trim().split('\n');
    expect(lines).toHaveLength(targets.length + 2);
    for (const line of lines.slice(0, targets.length))
      expect(line).toMatch(/^Signalbox: .*(must not reach|has no address|not among the allowed)/);
    expect(lines.at(-1)).toBe('http://127.0.0.1:3128');
    expect(asked.length).toBe(before);
  });

  it('keeps its status and its output; its proxy and its socket end with it, also as a job', async () => {
    const sockets = async (): Promise<string[]> => (await readdir(tmpdir())).filter((name) => name.startsWith('tmp.')).sort();
    const before = await sockets();
    const { status, stdout } = await bash('echo out; exit 7', ['registry.example']);
    expect([status, stdout.toString()]).toEqual([7, 'out\n']);

    const root = await mkdtemp(join(tmpdir(), 'signalbox-network-'));
    const jobs = createJobs({ root, sandbox: bubblewrap() });
    const job = {
      scope: 'session',
      id: '1',
      script: 'ls /run/signalbox; exit 3',
      confinement: confinement(['registry.example']),
      limits: DEFAULT_JOB_LIMITS,
    };
    await jobs.start(job);
    expect(await jobs.attach(job)).toEqual({ kind: 'exited', status: 3 });
    expect((await jobs.output(job, 1000)).text).toBe('proxy\n');
    const endless = { ...job, id: '2', script: 'sleep 100' };
    await jobs.start(endless);
    await jobs.endScope('session');
    expect(await jobs.attach(endless)).toEqual({ kind: 'stopped', why: 'cancelled' });
    await jobs.reap(async () => false);
    await rm(root, { recursive: true });
    await until('no socket is left', async () => (await sockets()).every((name) => before.includes(name)));
  });
});
