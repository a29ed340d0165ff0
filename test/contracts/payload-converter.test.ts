// Payloads: what can't be decoded becomes text, what is too large is refused for good.
import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { PAYLOAD_BYTES, PAYLOAD_TOO_LARGE } from '../../src/contracts/budgets.ts';
import { payloadConverter } from '../../src/contracts/payload-converter.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the payload converter', () => {
  it('keeps JSON as it is', () => {
    for (const value of [{ a: [1, null, 'ü'] }, 'text', 7, null, undefined])
      expect(payloadConverter.fromPayload(payloadConverter.toPayload(value))).toEqual(value);
  });

  it.each([
    ['broken JSON', { metadata: { encoding: bytes('json/plain') }, data: bytes('{no') }, '{no'],
    ['an unknown encoding', { metadata: { encoding: bytes('x/y') }, data: bytes('hello') }, 'hello'],
    ['no metadata', { data: bytes('hello') }, 'hello'],
    ['nothing at all', {}, ''],
  ])('makes text of %s', (_what, payload, text) => {
    expect(payloadConverter.fromPayload(payload)).toBe(text);
  });

  it('makes some text of bytes that are no text', () => {
    expect(payloadConverter.fromPayload({ metadata: { encoding: bytes('x/y') }, data: Uint8Array.of(0xff, 0xfe) })).toEqual(
      expect.any(String),
    );
  });

  it('refuses what is over the budget, without a retry', () => {
    const refused = () => payloadConverter.toPayload('x'.repeat(PAYLOAD_BYTES));
    expect(refused).toThrow(ApplicationFailure);
    expect(refused).toThrow(expect.objectContaining({ nonRetryable: true, type: PAYLOAD_TOO_LARGE }));
  });
});
