import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-triggers-'));
const file = join(folder, 'triggers.yaml');
afterAll(() => rmSync(folder, { recursive: true }));
const read = (text: string, env: Record<string, string> = { HOOK_SECRET: 'long enough' }) => {
  writeFileSync(file, text);
  return readConfig({ SIGNALBOX_TRIGGERS: file, ...env }).hooks;
};
const hook = (more = '') => `webhooks:\n  - { id: alerts, secret: $HOOK_SECRET, repository: o/r${more} }\n`;

describe('the file of triggers', () => {
  it('names webhooks, with the secret from the environment', () => {
    expect(read(hook())).toEqual([
      {
        id: 'alerts',
        secret: 'long enough',
        repository: 'o/r',
        workspace: 'default',
        pipeline: 'delivery',
        dispatchCondition: null,
        goalTemplate: '{{$.goal}}',
      },
    ]);
    expect(read('')).toEqual([]);
  });

  it.each([
    ['an unknown key', hook(', goaltemplate: x'), 'goaltemplate'],
    ['a literal secret', 'webhooks: [{ id: a, secret: hunter2hunter2, repository: o/r }]', 'never the secret itself'],
    ['another pipeline', hook(', pipeline: fast'), 'pipeline'],
    ['a condition with two ends', hook(', dispatchCondition: { path: $.a, equals: 1, exists: true }'), 'dispatchCondition'],
    ['a path that is none', hook(', dispatchCondition: { path: a.b, equals: 1 }'), 'dispatchCondition'],
    ['a place that is none', hook(', goalTemplate: "{{goal}}"'), 'goalTemplate'],
    ['two of one id', `${hook()}  - { id: alerts, secret: $HOOK_SECRET, repository: o/r }`, 'same id'],
    ['the address of the forge', 'webhooks: [{ id: github, secret: $HOOK_SECRET, repository: o/r }]', 'the forge’s own'],
    ['no YAML', 'webhooks: [', 'no YAML'],
  ])('refuses %s, by name', (_what, text, named) => {
    expect(() => read(text)).toThrow(named);
    expect(() => read(text)).toThrow(file);
  });

  it('refuses a secret that is not set, and a file that is not there', () => {
    expect(() => read(hook(), {})).toThrow('$HOOK_SECRET');
    expect(() => readConfig({ SIGNALBOX_TRIGGERS: join(folder, 'nothing') })).toThrow('nothing');
  });
});
