// What the suite of forges needs besides the provider: people who do in a repository what Signalbox never does. A forge that is to be tried
// brings this for itself, and nothing else (test/conformance/github.ts is GitHub's).
import type { Pages } from '../../src/activities/forge/pages.ts';
import type { Forge, ForgeProvider, Place } from '../../src/activities/forge/provider.ts';

/** Who is there: we may write, as `owner` may who owns the repositories; `reader` may read; `stranger` sees what is public. */
export type Who = 'us' | 'owner' | 'reader' | 'stranger';

export interface ForgeUnderTest {
  /** Login of each. */
  readonly logins: Readonly<Record<Who | 'bot', string>>;
  /** Host as people see it. */
  readonly host: string;
  /** The provider, as it is made for an installation with this one's token. */
  forge(who?: Who): Forge;
  /** With a token that is none, and at an address where nobody answers. */
  readonly wrong: { readonly token: ForgeProvider; readonly address: ForgeProvider };
  /** What `call` does where the forge has a limit on what it is asked, from its first question on. */
  limited<T>(call: (forge: ForgeProvider) => Promise<T>): Promise<T>;
  readonly pages: Pages;
  /** A repository with one commit of `README.md` on `main`, public unless said otherwise. */
  stage(options?: { readonly private?: boolean }): Promise<Stage>;
  end(): Promise<void>;
}

export interface ForkRequest {
  readonly number: number;
  /** `owner/name` of the fork. */
  readonly from: string;
  readonly head: string;
  /** Whether they let those push to its branch who may push to where it goes. */
  letPush(allowed: boolean): Promise<void>;
  /** Deletes the fork. */
  lose(): Promise<void>;
}

export interface Stage {
  readonly place: Place;
  /** Writes files (null: removes) on a branch, made of `from` where it is new, and pushes the commit; returns it. */
  commit(branch: string, files: Readonly<Record<string, string | null>>, options?: { from?: string; message?: string }): Promise<string>;
  /** As git has it. */
  git(...args: string[]): Promise<string>;
  tip(branch: string): Promise<string | undefined>;
  /** From a branch that has one new file of its name, `<branch>.txt`, with one line; of us unless said otherwise. */
  request(branch: string, options?: { as?: Who; base?: string; draft?: boolean; title?: string; body?: string }): Promise<number>;
  /** The same by a stranger, from a repository of their own that they have made of this one. */
  requestFromFork(branch: string): Promise<ForkRequest>;
  close(request: number): Promise<void>;
  /** By `owner`; returns the commit on the base. */
  merge(request: number): Promise<string>;
  issue(options: { title: string; body?: string; labels?: readonly string[] }, as?: Who): Promise<number>;
  milestone(title: string): Promise<number>;
  label(number: number, label: string, as?: Who): Promise<void>;
  unlabel(number: number, label: string): Promise<void>;
  /** Things that people say; each returns the id that the provider knows it by. */
  remark(number: number, body: string, as: Who | 'bot'): Promise<number>;
  editRemark(id: number, body: string, as: Who): Promise<void>;
  deleteRemark(id: number): Promise<void>;
  /** On the first line of the file of its branch; published, or as part of a review that is not. */
  thread(request: number, body: string, as: Who, options?: { readonly pending?: boolean }): Promise<number>;
  deleteThread(first: number): Promise<void>;
  review(request: number, verdict: 'approve' | 'request changes', as: Who | 'bot', body?: string): Promise<number>;
  dismiss(request: number, review: number): Promise<void>;
  reviewersAsked(request: number): Promise<readonly string[]>;
  /** What somebody reports of a commit without running anything for the forge. */
  status(commit: string, name: string, state: 'success' | 'failure' | 'error' | 'pending'): Promise<void>;
  /** What a program runs; it runs as long as there is no end. Returns the id of the run. */
  check(commit: string, name: string, end: 'success' | 'failure' | 'cancelled' | 'skipped' | null, summary?: string): Promise<string>;
  /** Files that make the forge's own CI run these commands as a job of this name: of what is pushed, or of what its queue tries. */
  ci(of: 'pushes' | 'queue', job: string, ...commands: string[]): Readonly<Record<string, string>>;
  /** What `main` asks for from now on. */
  protect(rules: { checks?: readonly string[]; approvals?: number; resolution?: boolean; upToDate?: boolean }): Promise<void>;
  /** `main` takes changes by the forge's queue only, which asks for a check. */
  queueWith(check: string): Promise<void>;
  /** Puts a request there, or takes it out, as a person does. */
  queueAs(who: Who, request: number, way: 'in' | 'out'): Promise<void>;
  /** From now on nobody may change anything. */
  archive(): Promise<void>;
  allow(methods: readonly ('squash' | 'merge' | 'rebase')[]): Promise<void>;
  /** How many changes of the repository and what is in it the forge has taken. */
  changes(): Promise<number>;
}
