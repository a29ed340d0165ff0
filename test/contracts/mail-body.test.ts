import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toMailBody } from '../../src/contracts/mail-body.ts';

describe('a payload that a person typed', () => {
  it.each([
    ['text', 'use the old API', 'use the old API'],
    ['an object with a text', { text: 'stop' }, 'stop'],
    ['an object with a message', { message: 'stop', other: 1 }, 'stop'],
    ['another object', { stop: true }, '{"stop":true}'],
    ['a list', ['a', 1], '["a",1]'],
    ['a number', 7, '7'],
    ['nothing', undefined, ''],
    ['null', null, ''],
    ['bytes', new TextEncoder().encode('grüße'), 'grüße'],
    ['bytes that are no text', new Uint8Array([0x68, 0xff, 0xc0, 0x69]), 'h\u{fffd}\u{fffd}i'],
    ['a bigint', 10n, '10'],
  ])('is taken as %s', (_what, payload, text) => {
    expect(toMailBody(payload)).toEqual({ text });
  });

  it('is cut where it is too long for a mail', () => {
    const { text } = toMailBody('x'.repeat(200_000));
    expect(text.length).toBeLessThan(101_000);
    expect(text.endsWith('[…cut]')).toBe(true);
  });

  it('never throws, whatever it is', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const anything = fc.oneof(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withTypedArray: true,
        withSparseArray: true,
      }),
      fc.constantFrom<unknown>(hostile, circular, Symbol('s'), Object.create(null)),
    );
    fc.assert(
      fc.property(anything, (payload) => {
        expect(typeof toMailBody(payload).text).toBe('string');
      }),
    );
  });
});
