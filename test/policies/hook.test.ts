// What a message of a webhook means to the hook that it came to.
import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../src/contracts/hook.ts';
import { hear } from '../../src/policies/hook.ts';

const message = {
  goal: 'Mend it',
  level: 'error',
  count: 3,
  tags: ['a', 'b'],
  issue: { title: 'Broken', open: true, by: null },
  list: [{ id: 7 }],
};
const meets = (dispatchCondition: Condition | null): boolean =>
  hear({ dispatchCondition, goalTemplate: '{{$.goal}}' }, message).state === 'start';

describe('the condition of a hook', () => {
  it.each<[boolean, Condition | null]>([
    [true, null],
    [true, { path: '$.level', equals: 'error' }],
    [false, { path: '$.level', equals: 'Error' }],
    [true, { path: '$.count', equals: 3 }],
    [false, { path: '$.count', equals: '3' }],
    [true, { path: '$.issue.by', equals: null }],
    [false, { path: '$.nobody', equals: null }],
    [true, { path: '$.level', in: ['fatal', 'error'] }],
    [false, { path: '$.level', in: ['fatal'] }],
    [true, { path: '$.issue.title', contains: 'rok' }],
    [true, { path: '$.tags', contains: 'b' }],
    [false, { path: '$.tags', contains: 'c' }],
    [false, { path: '$.count', contains: 3 }],
    [true, { path: '$.list[0].id', equals: 7 }],
    [false, { path: '$.list[1].id', exists: true }],
    [true, { path: '$.list[1].id', exists: false }],
    [true, { path: '$.issue.by', exists: true }],
    [true, { all: [{ path: '$.count', exists: true }, { not: { path: '$.level', equals: 'info' } }] }],
    [
      false,
      {
        any: [
          { path: '$.level', equals: 'info' },
          { path: '$.nothing', exists: true },
        ],
      },
    ],
    [false, { path: '$.constructor', exists: true }],
    [false, { path: '$.tags.length', exists: true }],
    [false, { path: '$.__proto__', exists: true }],
  ])('%p: %j', (is, condition) => {
    expect(meets(condition)).toBe(is);
  });
});

describe('the goal of a hook', () => {
  const goal = (goalTemplate: string) => hear({ dispatchCondition: null, goalTemplate }, message);

  it('is made from the message', () => {
    expect(goal('Mend {{$.issue.title}} ({{ $.count }}, {{$.tags[1]}}).')).toEqual({ state: 'start', goal: 'Mend Broken (3, b).' });
  });

  it('names what is missing, and what is no text', () => {
    expect(goal('{{$.goal}} {{$.nowhere.at}}')).toEqual({ state: 'missing', path: '$.nowhere.at' });
    expect(goal('{{$.issue}}')).toEqual({ state: 'missing', path: '$.issue' });
    expect(goal('{{$.issue.by}}')).toEqual({ state: 'missing', path: '$.issue.by' });
    expect(hear({ dispatchCondition: null, goalTemplate: '{{$.goal}}' }, { goal: '  ' })).toEqual({ state: 'missing', path: '$.goal' });
    expect(hear({ dispatchCondition: null, goalTemplate: '{{$.goal}}' }, null)).toEqual({ state: 'missing', path: '$.goal' });
  });

  it('is not made again from what the message says', () => {
    expect(hear({ dispatchCondition: null, goalTemplate: '{{$.goal}}' }, { goal: '{{$.secret}}', secret: 's' })).toEqual({
      state: 'start',
      goal: '{{$.secret}}',
    });
  });
});
