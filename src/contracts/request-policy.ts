// How the requests of tasks are opened here (M1): by settings, and from the issue.

export interface RequestPolicy {
  /** Set on every request, beside the labels of its issue. */
  readonly labels: readonly string[];
  /** Asked to review every request: accounts, and teams as "organization/team". */
  readonly reviewers: readonly string[];
  /** Which are opened as drafts: people mark them as ready, and nothing more is done to them before that. */
  readonly draft: Draft;
}

/** `risky`: of high or critical risk, of unknown risk, and what a review was not satisfied with. */
export type Draft = 'never' | 'risky' | 'always';
export const DRAFTS: readonly Draft[] = ['never', 'risky', 'always'];

/** What a request gets that its issue or the settings say. */
export interface Completion {
  readonly labels: readonly string[];
  readonly milestone: number | null;
  readonly reviewers: readonly string[];
}
