// Waits on a condition, never on a length of time.
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves with the first value that is neither false nor undefined. A condition that throws is not met yet.
 * @throws Error that names the condition and the last failure, after `seconds`
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false | undefined> | T | false | undefined,
  seconds = 20,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown = 'not met';
  while (Date.now() < deadline) {
    const began = Date.now();
    try {
      const value = await condition();
      if (value !== false && value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    // Looking takes at most half of the time: what is waited for needs the machine as well.
    await sleep(Math.max(20, Date.now() - began));
  }
  throw new Error(`waited ${seconds} s in vain until ${what}: ${String(last)}`);
}
