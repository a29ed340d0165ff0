// What a command prints, for whoever watches.
import { expect, it } from '@jest/globals';
import { showingOutput } from '../../../src/activities/tools/live-output.ts';
import { until } from '../../support/until.ts';

it('is shown while the command runs; that it could not be read is told at its end, and ends no process before', async () => {
  const shown: string[] = [];
  const live = { add: (text: string) => void shown.push(text), end: () => Promise.resolve() };
  const command = Promise.withResolvers<string>();
  let looks = 0;
  const output = async () => {
    looks += 1;
    if (looks > 1) throw new Error('unreadable');
    return { text: 'one line\n', bytes: 9, cut: false };
  };
  const showing = showingOutput(live, output, command.promise);
  await until('it has been looked at twice', () => looks === 2);
  await new Promise((resolve) => setImmediate(resolve)); // here an unheard rejection would end this process
  command.resolve('done');
  await expect(showing).rejects.toThrow('unreadable');
  expect(shown).toEqual(['one line\n']);
});
