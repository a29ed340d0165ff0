// A limit that the forge has on what it is asked: an error of its own, so that nobody takes it for a word on the thing that was asked for;
// Temporal's retry then comes when the forge wants it.
import { ApplicationFailure } from '@temporalio/common';

const FORGE_LIMIT = 'ForgeLimit';
/** Whoever waited for the same moment does not come back in the same second. */
const SPREAD = 0.1;

/** The forge wants us to ask later; it says nothing about what was asked for. */
export const isLimit = (error: unknown): error is ApplicationFailure => error instanceof ApplicationFailure && error.type === FORGE_LIMIT;

export const limited = (waitMs: number, says: string): ApplicationFailure =>
  ApplicationFailure.create({
    type: FORGE_LIMIT,
    message: `The forge wants to be asked again in ${Math.ceil(waitMs / 1_000)} s: ${says.slice(0, 200)}`,
    nextRetryDelay: Math.ceil(waitMs * (1 + Math.random() * SPREAD)),
  });
