// What it means that a call to the forge was thrown back, whichever forge it is: each implementation knows its own errors.
import type { Refusal } from '../../contracts/refusal.ts';
import { isAway, isMissing, isOfGitHub, refusalOfGitHub } from './github/errors.ts';
import { isLimit } from './limit.ts';

/** The forge has refused, or did not answer: anything but a mistake of ours. */
export const isOfForge = (error: unknown): error is Error => isLimit(error) || isOfGitHub(error);

/** The forge could not be reached, is in trouble, or has a limit: later may be better. */
export const isUnavailable = (error: unknown): boolean => isLimit(error) || isAway(error);

/** @returns undefined for anything that time may mend: limits, outages, bugs */
export const refusalOf = (error: unknown): Refusal | undefined => refusalOfGitHub(error);

/** Null where it was deleted, moved away, or is hidden from us. */
export async function unlessGone<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!isMissing(error)) throw error;
    return null;
  }
}
