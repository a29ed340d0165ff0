// How a workspace wants its requests merged.

/** What the workspace allows. Of installations: config; each default is documented there. */
export interface MergePolicy {
  /** Off: a person's approval of the very head is always needed. */
  readonly autoMerge: boolean;
  /** Used where the repository allows it; else the first that it does allow. */
  readonly method: MergeMethod;
  /** Whether something must have run the tests. */
  readonly testsNeeded: boolean;
  /** Patterns of the names of checks that run the tests; none: what CI runs and does not sound like something else. */
  readonly testChecks: readonly string[];
  /** Patterns of paths that a person always looks at, beside those that are built in. */
  readonly personPaths: readonly string[];
  /** Patterns of paths for which the production audit is needed. */
  readonly productionPaths: readonly string[];
}

export type MergeMethod = 'squash' | 'merge' | 'rebase';
/** `queue`: by the forge's merge queue, which has a method of its own. */
export type MergeWay = MergeMethod | 'queue';
