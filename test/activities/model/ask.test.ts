// One model call that can't be made at all: the session has to end with what to do, and not be tried for ever.
import { expect, it } from '@jest/globals';
import { ask } from '../../../src/activities/model/ask.ts';
import { createProviders } from '../../../src/activities/model/providers.ts';

it('is refused, naming the key, where there is none', async () => {
  delete process.env['ANTHROPIC_API_KEY']; // the SDK looks there as well
  const none = { apiKey: undefined, baseUrl: undefined };
  const answer = await ask({
    model: createProviders({ anthropic: none, openai: none })({ provider: 'anthropic', id: 'claude-sonnet-5' }),
    system: '',
    messages: [{ role: 'user', content: 'Hello.' }],
    tools: {},
    stallSeconds: 60,
    cancelled: new AbortController().signal,
    heard: () => undefined,
  });
  expect(answer).toEqual({ kind: 'refused', because: expect.stringMatching(/ANTHROPIC_API_KEY.*signalbox up/) });
});
