// One thing that has to be right, as `doctor` finds it. A problem stops work; a warning will, or costs something.
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  /** What was found. */
  readonly says: string;
  /** What a person can do about it, in one line; null where nothing is wrong. */
  readonly fix: string | null;
  /** Does it for them; returns what was done. */
  readonly mend?: () => Promise<string>;
}

export const ok = (check: string, says: string): Finding => ({ check, state: 'ok', says, fix: null });
export const warning = (check: string, says: string, fix: string): Finding => ({ check, state: 'warning', says, fix });
export const problem = (check: string, says: string, fix: string): Finding => ({ check, state: 'problem', says, fix });
