import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_MODELS, DEFAULT_OPENAI_MODELS, readConfig } from '../../src/config/config.ts';
import { DEFAULT_SESSION_LIMITS } from '../../src/contracts/session.ts';

const read = (env: Record<string, string>) => readConfig({ SIGNALBOX_HOST: 'here', ...env });

describe('the models of an installation', () => {
  it('stand behind aliases that can be set one by one, or all at once', () => {
    expect(read({}).models).toEqual({ aliases: DEFAULT_MODELS, phases: {} });
    expect(read({ OPENAI_API_KEY: 'key' }).models.aliases).toEqual(DEFAULT_OPENAI_MODELS);
    expect(read({ OPENAI_API_KEY: 'key', ANTHROPIC_API_KEY: 'key' }).models.aliases).toEqual(DEFAULT_MODELS);
    const other = { provider: 'openai', id: 'gpt-5.5' };
    expect(read({ SIGNALBOX_MODEL: 'openai/gpt-5.5' }).models.aliases).toEqual({ fast: other, balanced: other, best: other });
    expect(read({ SIGNALBOX_MODEL: 'openai/gpt-5.5', SIGNALBOX_MODEL_BEST: 'anthropic/a/b' }).models.aliases).toEqual({
      fast: other,
      balanced: other,
      best: { provider: 'anthropic', id: 'a/b' },
    });
  });

  it('can be others for a phase', () => {
    expect(read({ SIGNALBOX_MODEL_PHASES: 'review=openai/gpt-5.5, fix=best' }).models.phases).toEqual({
      review: { provider: 'openai', id: 'gpt-5.5' },
      fix: 'best',
    });
  });

  it('are refused by name where they are none', () => {
    expect(() => read({ SIGNALBOX_MODEL_FAST: 'gpt-5.5' })).toThrow('SIGNALBOX_MODEL_FAST');
    expect(() => read({ SIGNALBOX_WEBHOOK_SECRET: 'too short' })).toThrow('at least 12 characters');
    expect(() => read({ SIGNALBOX_FLAKY_PATTERNS: 'fine\n(' })).toThrow(
      /SIGNALBOX_FLAKY_PATTERNS[^]*Invalid regular expression|Invalid regular expression[^]*SIGNALBOX_FLAKY_PATTERNS/,
    );
    expect(read({ SIGNALBOX_FLAKY_PATTERNS: 'lock timeout\n\n pool \n' }).knownFlaky).toEqual([/lock timeout/i, /pool/i]);
    expect(() => read({ SIGNALBOX_TASK_USD: '0' })).toThrow('SIGNALBOX_TASK_USD');
    expect(() => read({ SIGNALBOX_BRANCH: 'agents/work' })).toThrow('without {ticket} two tasks would have one branch');
    expect(() => read({ SIGNALBOX_CO_AUTHOR: 'Ann' })).toThrow('"Name <address>"');
    expect(() => read({ SIGNALBOX_CO_AUTHOR: 'Ann <a@b>\nSigned-off-by: Bob <b@c>' })).toThrow('SIGNALBOX_CO_AUTHOR');
    expect(() => read({ SIGNALBOX_MODEL_PHASES: 'tea=best' })).toThrow('a phase (classify, code, review, fix)');
  });
});

it('takes whose commits they are, and what signs them', () => {
  expect(read({})).toMatchObject({ authorship: { author: { name: 'Signalbox' }, coAuthor: null }, signingKey: null });
  expect(read({ SIGNALBOX_AUTHOR: 'Ann B. <ann@example.org>', SIGNALBOX_SIGNING_KEY_FILE: 'key' })).toMatchObject({
    authorship: { author: { name: 'Ann B.', email: 'ann@example.org' } },
    signingKey: resolve('key'),
  });
  expect(() => read({ SIGNALBOX_AUTHOR: 'Ann' })).toThrow('"Name <address>"');
});

it('refuses what looks like a setting and is none, with everything else that is wrong', () => {
  expect(() => read({ SIGNALBOX_SESION_TURNS: '7', SIGNALBOX_TASK_USD: '0' })).toThrow(
    /SIGNALBOX_TASK_USD\n✖ There is no such setting; .*\n {2}→ at SIGNALBOX_SESION_TURNS/,
  );
  expect(() => read({ SIGNALBOX_JOB: 'a command of ours that calls us' })).not.toThrow();
});

it('takes the limits of sessions', () => {
  expect(read({}).limits).toEqual(DEFAULT_SESSION_LIMITS);
  const set = {
    SIGNALBOX_SESSION_TURNS: '7',
    SIGNALBOX_SESSION_MINUTES: '0.5',
    SIGNALBOX_SESSION_TOKENS: '1000',
    SIGNALBOX_STALL_SECONDS: '30',
  };
  const limits = { ...DEFAULT_SESSION_LIMITS, turns: 7, minutes: 0.5, tokens: 1000, stallSeconds: 30 };
  expect(read(set).limits).toEqual({ ...limits, idleEndMinutes: 0.5 });
  const idle = { SIGNALBOX_IDLE_MINUTES: '0.2', SIGNALBOX_IDLE_END_MINUTES: '0.4' };
  expect(read({ ...set, ...idle }).limits).toEqual({ ...limits, idleMinutes: 0.2, idleEndMinutes: 0.4 });
  for (const name of Object.keys({ ...set, ...idle })) expect(() => read({ [name]: '0' })).toThrow(name);
});
