// The two decisions that no policy may forget, on a real store.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assess } from '../../src/activities/assess/assess.ts';
import { explain } from '../../src/client/explain.ts';
import { always, policy } from '../../src/policies/policy.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';

interface Facts {
  readonly lamp: 'on' | 'off';
}
type Lamp =
  | { readonly kind: 'switch'; readonly key: string }
  | { readonly kind: 'wait'; readonly forWhom: string }
  | { readonly kind: 'dim'; readonly key: string };

const lamps = policy<Facts, Lamp>(
  { id: 'dark', when: ({ lamp }) => lamp === 'off', because: () => 'The lamp is off.', then: () => ({ kind: 'switch', key: 'on' }) },
  { id: 'too-bright', when: always, because: () => 'The lamp is on.', then: () => ({ kind: 'dim', key: 'dim' }) },
);

let directory: string;
let store: Store;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-assess-'));
  store = await openStore({ path: join(directory, 'store.db'), migrate: true });
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

const decide = (workflow: string, lamp: Facts['lamp'], rest: { applied?: string; understands?: string[]; decision?: number } = {}) =>
  assess<Facts, Lamp>(store, {
    policy: lamps,
    facts: { lamp },
    workflow,
    decision: rest.decision ?? 1,
    attempt: 1,
    applied: rest.applied ?? null,
    understands: rest.understands ?? ['switch', 'wait', 'dim'],
    wait: (forWhom) => ({ kind: 'wait', forWhom }),
  });

describe('assess', () => {
  it('gives the policy’s action with its reason and the digest of the facts', async () => {
    expect(await decide('plain', 'off')).toEqual({
      rule: 'dark',
      because: 'The lamp is off.',
      action: { kind: 'switch', key: 'on' },
      facts: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('waits for the upgrade where the workflow’s code does not know the action, as after a rollback', async () => {
    const rolledBack = await decide('rollback', 'on', { understands: ['switch', 'wait'] });
    expect(rolledBack).toMatchObject({ rule: 'wait-for-upgrade', action: { kind: 'wait', forWhom: 'upgrade' } });
    expect(rolledBack.because).toContain('"dim"');
    expect(await decide('rollback', 'on', { decision: 2 })).toMatchObject({ rule: 'too-bright', action: { kind: 'dim' } });
  });

  it('waits for a person where an action was applied and changed nothing, and goes on when something changes', async () => {
    const { facts } = await decide('unchanged', 'off');
    const again = await decide('unchanged', 'off', { applied: facts, decision: 2 });
    expect(again).toMatchObject({
      rule: 'nothing-changed',
      because: 'dark was applied and changed nothing.',
      action: { forWhom: 'operator' },
    });
    expect(await decide('unchanged', 'on', { applied: facts, decision: 3 })).toMatchObject({ rule: 'too-bright' });
  });

  it('keeps every decision with the facts that were seen', async () => {
    await decide('traced', 'off');
    await decide('traced', 'on', { decision: 2 });
    expect(await explain(store, 'traced')).toMatchObject([
      { seq: 1, rule: 'dark', facts: { lamp: 'off' } },
      { seq: 2, rule: 'too-bright', facts: { lamp: 'on' } },
    ]);
  });
});
