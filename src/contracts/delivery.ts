// What a webhook is about: all that is kept of it. Facts come from the forge's API; a webhook only says where to look.
import type { Pipeline } from './plan.ts';

export interface Concerns {
  /** "owner/repo". */
  readonly repository: string;
  /** Numbers of requests. */
  readonly requests: readonly number[];
  /** A commit whose requests the webhook does not name. */
  readonly commit: string | null;
  /** Branch that was pushed to: requests from it and into it look. */
  readonly branch: string | null;
  /** Number of an issue, whose task looks. */
  readonly issue: number | null;
  /** The issue is said to carry the label that lets work begin. */
  readonly ready: boolean;
  /** A webhook of another system that starts a task. */
  readonly start: Start | null;
}

export interface Start {
  readonly workspace: string;
  readonly pipeline: Pipeline;
  /** Digest of the text of the goal. */
  readonly goal: string;
  /** As whom (contracts/identity.ts), null: as the installation itself; left out: the default. */
  readonly as?: string | null;
}

export interface Delivery {
  /** The forge's own: sent again, it is the same. */
  readonly id: string;
  readonly event: string;
  readonly concerns: Concerns;
  readonly receivedAt: number;
}
