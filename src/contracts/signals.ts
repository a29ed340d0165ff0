// Signals carry no content of ours: what is said is a row of mail, and `look` says that there is one. People also type `steer`, `tell`,
// `pause` and `resume` in Temporal's UI: these accept any JSON or text and never throw; what was typed becomes a row.

/** Something happened that concerns you: look. */
export const LOOK = 'look';
/** For the running session: seen before the next model call, or instead of the next tool that has not started. */
export const STEER = 'steer';
/** Read at the next natural break. */
export const TELL = 'tell';
export const PAUSE = 'pause';
export const RESUME = 'resume';

/** Most characters of a typed signal that are kept; the rest is cut with a note. */
export const MOST_TYPED = 8_000;
