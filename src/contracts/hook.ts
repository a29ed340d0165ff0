// A webhook of any system that lets work begin: whose it is, which of its messages count, and what goal they make. As the file of triggers
// (src/config/triggers.ts) says.
import type { Pipeline } from './plan.ts';

/** `$.a.b[0]` in the message. */
export type Condition =
  | { readonly path: string; readonly equals: Scalar }
  | { readonly path: string; readonly in: readonly Scalar[] }
  /** A part of a text, or a member of a list. */
  | { readonly path: string; readonly contains: Scalar }
  | { readonly path: string; readonly exists: boolean }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

export type Scalar = string | number | boolean | null;

export interface Hook {
  /** Part of its address, `/webhooks/<id>`. */
  readonly id: string;
  readonly secret: string;
  /** Where the work is: "owner/repo". */
  readonly repository: string;
  readonly workspace: string;
  readonly pipeline: Pipeline;
  /** Messages that don't meet it are accepted and start nothing. */
  readonly dispatchCondition: Condition | null;
  /** With `{{$.path}}` for parts of the message. */
  readonly goalTemplate: string;
  /** As whom it is worked on (contracts/identity.ts), null: as the installation itself; left out: the default. */
  readonly as?: string | null;
}

/** A path as it is written: names and numbers in brackets, from the root on. */
export const HOOK_PATH = /^\$(\.[A-Za-z_][\w-]*|\[\d+\])*$/;
