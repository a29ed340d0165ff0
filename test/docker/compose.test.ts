// docker-compose.yml, Dockerfile and what the container runs, held against the product: every command, setting, port and file in them exists.
// (That containers come up from them needs an engine, and is not tested.)
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/config.ts';
import { SETTINGS } from '../../src/config/settings.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
}
const compose = parse(read('docker-compose.yml')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const services = Object.entries(compose.services);
const dockerfile = read('Dockerfile');
/** Settings that the Dockerfile gives. */
const given = Object.fromEntries([...dockerfile.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]));

describe('docker compose', () => {
  it('names services, volumes and images that there are', () => {
    for (const [name, { depends_on: after = [], volumes = [], image, build }] of services) {
      const others = Array.isArray(after) ? (after as string[]) : Object.keys(after);
      expect({ name, missing: others.filter((other) => !(other in compose.services)) }).toEqual({ name, missing: [] });
      for (const volume of volumes) expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '');
      // What is not built here is pinned.
      expect(build ?? image).toMatch(build === undefined ? /^[\w./-]+:\d[\w.-]+$/ : /^\.$/);
    }
  });

  it('gives Signalbox settings that it reads, and the ports that it and Temporal listen on', () => {
    const { signalbox, temporal, 'temporal-ui': ui } = compose.services;
    const known = [...SETTINGS, 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE'];
    const names = [...Object.keys(signalbox?.environment ?? {}), ...Object.keys(given)];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);

    const config = readConfig({ ...given, TEMPORAL_ADDRESS: signalbox?.environment?.['TEMPORAL_ADDRESS'] ?? '' });
    expect(signalbox?.ports).toEqual([`127.0.0.1:${config.gateway.port}:${config.gateway.port}`]);
    expect(dockerfile).toContain(`EXPOSE ${config.gateway.port}`);
    expect(signalbox?.volumes).toEqual([`signalbox:${config.data}`]);
    expect(config.temporal.connectionOptions.address).toBe('temporal:7233');
    expect(ui?.environment?.['TEMPORAL_ADDRESS']).toBe('temporal:7233');
    expect(temporal?.environment?.['POSTGRES_SEEDS']).toBe('postgres');
  });

  it('copies files that exist, and runs commands that there are', async () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(\S+)/gm)].map(([, path = '']) => path);
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    accessSync(join(ROOT, 'docker/run.sh'), constants.X_OK);
    await execa('sh', ['-n', join(ROOT, 'docker/run.sh')]);
    expect(/^CMD \["(.+)"\]$/m.exec(dockerfile)?.[1]).toBe('signalbox-run');
    const { stdout: help } = await execa(join(ROOT, 'bin/signalbox'), ['--help']);
    const commands = [...read('docker/run.sh').matchAll(/signalbox (\w+)/g)].map(([, name = '']) => name);
    expect(commands.filter((name) => !new RegExp(`^  ${name}\\b`, 'm').test(help))).toEqual([]);
    expect(commands).toEqual(expect.arrayContaining(['up', 'down']));
    // The base image is as new as the product needs.
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(`>=${/^FROM node:(\d+)/m.exec(dockerfile)?.[1] ?? ''}`).toBe(engines.node);
  });
});
