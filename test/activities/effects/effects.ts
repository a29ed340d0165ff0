// One effect of each class against the small world of these tests, written as the product's are.
import type { Call, Effect, Guarded, Marked, Unprobeable, Convergent } from '../../../src/activities/effects/effect.ts';
import type { EffectClass } from '../../../src/contracts/effect.ts';
import type { Comment } from './world.ts';

export const US = 'signalbox[bot]';
const cause = { askedBy: 'test', rule: 'always' };

export interface Target {
  readonly url: string;
  readonly name: string;
  readonly deadlineMs: number;
  /** For how long the world may hide what was done, in milliseconds. Default: 0. */
  readonly hiddenMs?: number;
}

export function merge({ url, name, deadlineMs }: Target): Guarded<{ merged: boolean }> {
  return {
    class: 'guarded',
    kind: 'world.merge',
    target: { url, name, deadlineMs },
    cause,
    deadlineMs,
    act: async (call) => {
      const { status } = await send(call, 'POST', `${url}/merges/${name}`, {});
      return status === 409 ? { state: 'refused', because: 'merged already' } : { state: 'done', result: { merged: true } };
    },
    probe: async (call) => {
      const { body } = await read(call, `${url}/merges/${name}`);
      return (body as { merged: boolean }).merged ? { merged: true } : undefined;
    },
  };
}

export function label({ url, name, deadlineMs }: Target): Convergent<null> {
  return {
    class: 'convergent',
    kind: 'world.label',
    target: { url, name, deadlineMs },
    cause,
    deadlineMs,
    act: async (call) => {
      await send(call, 'PUT', `${url}/labels/${name}`, { value: 'set' });
      return { state: 'done', result: null };
    },
  };
}

export function comment({ url, name, deadlineMs, hiddenMs = 0 }: Target): Marked<{ id: number }> {
  return {
    class: 'marked',
    kind: 'world.comment',
    target: { url, name, deadlineMs },
    cause,
    deadlineMs,
    visibleWithinMs: hiddenMs,
    act: async (call) => {
      const { body } = await send(call, 'POST', `${url}/comments`, { author: US, text: `${name} <!-- ${call.mark} -->` });
      return { state: 'done', result: { id: (body as Comment).id } };
    },
    find: async (call) => {
      const { body } = await read(call, `${url}/comments`);
      return (body as Comment[]).filter(({ author, text }) => author === US && text.includes(call.mark)).map(({ id }) => ({ id }));
    },
    remove: async (call, { id }) => {
      await send(call, 'DELETE', `${url}/comments/${id}`, {});
    },
  };
}

export function message({ url, name, deadlineMs }: Target): Unprobeable<null> {
  return {
    class: 'unprobeable',
    kind: 'world.message',
    target: { url, name, deadlineMs },
    cause,
    deadlineMs,
    act: async (call) => {
      await send(call, 'POST', `${url}/chat`, { key: call.mark, text: name });
      return { state: 'done', result: null };
    },
  };
}

export function effectOf(effectClass: EffectClass, target: Target): Effect<unknown> {
  const effects = { guarded: merge, convergent: label, marked: comment, unprobeable: message };
  return effects[effectClass](target) as Effect<unknown>;
}

async function send({ fetch }: Call, method: string, url: string, body: Record<string, string>) {
  const response = await fetch(url, { method, body: JSON.stringify(body), headers: { connection: 'close' } });
  return { status: response.status, body: response.status === 204 ? null : await response.json() };
}

async function read({ fetch }: Call, url: string) {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return { body: await response.json() };
}
