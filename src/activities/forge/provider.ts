// What Signalbox needs of a forge, in words that fit any: what is read of a repository, an issue and a request, and what is done to them. It has
// what somebody calls and nothing else. When something is done, and whether it is still to be done, is decided by who calls; here is how a
// forge is asked. What it must hold for every forge: test/conformance/forge-provider.ts.
import type { EffectOutcome } from '../../contracts/effect.ts';
import type { ForgeFacts } from '../../contracts/gates.ts';
import type { MergeMethod } from '../../contracts/merge-policy.ts';
import type { Enqueued, QueueFacts } from '../../contracts/merge-queue.ts';
import type { MergeRequestRef, RepositoryRef } from '../../contracts/work.ts';
import type { Call } from '../effects/effect.ts';

/** The forge, for reading; within an effect, bound to the effect's call: what it sends ends with it, and is sent once. */
export type Forge = (call?: Pick<Call, 'fetch' | 'signal'>) => ForgeProvider;

export type Place = Pick<RepositoryRef, 'owner' | 'repo'>;
/** Of an issue or a request: both are counted together, or are told apart by who asks. */
export type Numbered = Place & Pick<MergeRequestRef, 'number'>;

/**
 * What a call ends in. An answer that no retry changes and that its caller has to tell apart is a value, as each says; everything else is thrown
 * as the forge has it, and errors.ts tells what it means: not there, no rights, away, a limit.
 */
export interface ForgeProvider extends Repositories, Issues, Requests, Comments, Checks, MergeQueue, Changes {}

export interface Repositories {
  /** Login of the account that we are; null for tokens that belong to none. */
  account(): Promise<string | null>;
  /** What the forge says of our token; asked for by whoever looks after the installation. */
  access(): Promise<Access>;
  repository(place: Place): Promise<Repository>;
  /** Whether somebody may push there; nobody may of whom we are not told. */
  mayWrite(place: Place, login: string): Promise<boolean>;
  /** Commit that a branch is at; null where there is none. */
  branchAt(place: Place, branch: string): Promise<string | null>;
  /** Where it is at that commit, and no longer: what somebody has pushed since is theirs. Done where it is gone. */
  deleteBranch(place: Place, branch: string, at: string): Promise<EffectOutcome<null>>;
  /** Tree of a commit; null where the repository does not have it. */
  treeOf(place: Place, commit: string): Promise<string | null>;
  /** Whether a branch has a commit in its history. */
  contains(place: Place, branch: string, commit: string): Promise<boolean>;
  /** The newest commits of a branch, at most that many hundred, by the time that each says it was made. */
  commitsSince(place: Place, branch: string, since: Date, hundreds: number): Promise<readonly Commit[]>;
  /** What is in a folder of the default branch; nothing where there is none. */
  folder(place: Place, path: string): Promise<readonly Entry[]>;
  /** Text of a file of the default branch; null where it is none. */
  file(place: Place, path: string): Promise<string | null>;
}

export interface Issues {
  issue(at: Numbered): Promise<Issue>;
  /** The newest time that a label was put on which is wanted; null where that never was. */
  labelled(at: Numbered, isWanted: (label: string) => boolean): Promise<Labelled | null>;
  /** Of an issue or a request. Refused where the forge does not take one. */
  addLabels(at: Numbered, labels: readonly string[]): Promise<EffectOutcome<null>>;
  setMilestone(at: Numbered, milestone: number): Promise<EffectOutcome<null>>;
  /** Refused where it is gone. */
  closeIssue(at: Numbered): Promise<EffectOutcome<null>>;
}

export interface Requests {
  request(at: Numbered): Promise<Request>;
  /** Everything that a gate asks for, of the head alone, and what people have said. @param known without it, everything is asked for */
  facts(ref: MergeRequestRef, known?: Known): Promise<Seen>;
  /** What of it people can change at any moment, read once more: few calls. */
  factsAgain(ref: MergeRequestRef, before: ForgeFacts): Promise<SeenAgain>;
  /** Open ones; into a base, if one is given. */
  openRequests(place: Place, base?: string): Promise<readonly OpenRequest[]>;
  /** Numbers of the requests from a branch of the repository itself, newest first; closed ones as well, if asked for. */
  requestsFrom(place: Place, branch: string, state: 'open' | 'all'): Promise<readonly number[]>;
  /** Numbers of the open requests that have this commit as their head; none where it is gone. */
  requestsAt(place: Place, commit: string): Promise<readonly number[]>;
  /** The issue of the same repository that its merge closes, by the forge's own reading; the first where there are several. */
  closes(at: Numbered): Promise<number | null>;
  /** Issues and requests that name it. */
  mentions(at: Numbered): Promise<readonly Mention[]>;
  /** Refused where there is one from that branch, or nothing to propose. */
  openRequest(place: Place, request: NewRequest): Promise<EffectOutcome<{ readonly id: number }>>;
  /** Writes the description that `change` makes of it; a same one is left alone. Forges have no guard for it: an edit in between is lost. */
  describe(at: Numbered, change: (description: string) => string): Promise<void>;
  /** Gives it another base. Refused where the forge will not have it. */
  retarget(at: Numbered, base: string): Promise<EffectOutcome<null>>;
  /** People, and teams as "org/team". Refused where the forge does not take one. */
  askReviewers(at: Numbered, reviewers: readonly string[]): Promise<EffectOutcome<null>>;
  /** Merges this very head; refused where it has moved, and where the forge does not let it be merged. For the merge lane alone. */
  mergeRequest(
    at: Numbered,
    merge: { readonly head: string; readonly method: MergeMethod },
  ): Promise<EffectOutcome<{ readonly sha: string }>>;
}

export interface Comments {
  /** Says something; in a thread, as its next reply. Refused where the thread is gone. */
  comment(at: Numbered, thread: number | null, body: string): Promise<EffectOutcome<{ readonly id: number }>>;
  /** Comments of ours that carry a mark, oldest first: others can copy one, and can't be their author. */
  ownComments(at: Numbered, thread: number | null, mark: string): Promise<readonly { readonly id: number }[]>;
  /** Writes what `change` makes of a comment of the conversation; a same one is left alone, and one that is gone. */
  editComment(place: Place, id: number, change: (body: string) => string): Promise<void>;
  /** Done where it is gone. */
  deleteComment(place: Place, thread: number | null, id: number): Promise<void>;
  /** Refused where it is gone, or we may not. */
  resolveThread(thread: string): Promise<EffectOutcome<null>>;
}

export interface Checks {
  /** The newest run of each job of a commit that has ended. */
  endedChecks(place: Place, commit: string): Promise<readonly EndedCheck[]>;
  /** What others have said to have failed of a commit: nothing of it can be run again. */
  failedStatuses(place: Place, commit: string): Promise<readonly EndedCheck[]>;
  /** What a job has said; null where that has expired, or never was. */
  jobLog(place: Place, job: number): Promise<JobLog | null>;
  /** Runs a job again; refused where it runs, or can't. */
  rerun(place: Place, job: number): Promise<EffectOutcome<null>>;
  /** Whether there is a newer run of a check than this one. */
  hasRerun(place: Place, check: string, run: string): Promise<boolean>;
}

export interface MergeQueue {
  queue(at: Numbered): Promise<Queued>;
  /** Where the newest run of CI that the queue has asked for has failed on a request; null where none has, or it is not CI of the forge. */
  failedInQueue(at: Numbered): Promise<string | null>;
  /** At this very head; refused where it has moved, and where it has a place already. */
  enqueue(at: Numbered, head: string): Promise<EffectOutcome<Enqueued>>;
  /** Takes it out where we have put it there; done where it has left. */
  dequeue(at: Numbered): Promise<EffectOutcome<object>>;
}

/** What a poll asks: few calls for all that is in a repository. */
export interface Changes {
  /** Issues and requests that were changed since, by the forge's clock; their lists may lag. */
  changedSince(place: Place, since: string): Promise<Listing>;
  /** Open issues with a label. */
  openWith(place: Place, label: string): Promise<Listing>;
  /** For each request a text that changes whenever a check of its head does; those that are none are left out. */
  checksShown(place: Place, numbers: readonly number[]): Promise<Readonly<Record<string, string>>>;
}

export interface Access {
  readonly login: string;
  /** Calls that are left this hour; null where it does not count. */
  readonly left: number | null;
  /** The forge's clock; null where it does not show one. */
  readonly time: string | null;
}

export interface Repository {
  readonly defaultBranch: string;
  /** For git over HTTP. */
  readonly cloneUrl: string;
  readonly mayPush: boolean;
  /** Nobody may change it. */
  readonly isArchived: boolean;
  /** Methods that it does not refuse. */
  readonly methods: readonly MergeMethod[];
}

export interface Commit {
  readonly sha: string;
  readonly message: string;
  readonly by: string;
}

export interface Entry {
  readonly type: 'file' | 'folder' | 'other';
  readonly path: string;
}

export interface Issue extends Place {
  readonly state: 'open' | 'closed';
  /** Forges count requests among the issues. */
  readonly isRequest: boolean;
  /** Null where the account is gone. */
  readonly author: string | null;
  readonly title: string;
  readonly body: string;
  /** Sorted. */
  readonly labels: readonly string[];
  readonly milestone: number | null;
  /** As the forge writes it. */
  readonly createdAt: string;
}

export interface Labelled {
  /** Names this time. */
  readonly id: string;
  readonly by: string;
}

export interface Request {
  readonly state: ForgeFacts['state'];
  readonly author: string;
  readonly title: string;
  readonly description: string;
  readonly head: string;
  readonly branch: string;
  readonly base: string;
  /** Repository that the branch is in; null where that is gone. */
  readonly from: string | null;
  readonly isFromHere: boolean;
  /** Whether who may push here may push to its branch: in a fork, if its owner lets them. */
  readonly takesPushes: boolean;
  /** `by`: null where the forge does not say. */
  readonly merged: { readonly sha: string; readonly by: string | null } | null;
}

export interface NewRequest {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

export interface OpenRequest {
  readonly number: number;
  readonly branch: string;
  readonly base: string;
}

/** What is known of commits, and for a short time of branches and people. */
export interface Known {
  /** Anything that follows from its key; with a time, what hardly changes. That something is not there (null) is not remembered. */
  remembered<T>(key: string, make: () => Promise<T>, forMs?: number): Promise<T>;
  mayWrite(ref: RepositoryRef, login: string): Promise<boolean>;
}

export interface Seen {
  /** But for what is ours in its description. */
  readonly now: Omit<ForgeFacts, 'showsProof' | 'footers'>;
  readonly description: string;
  readonly talk: Talk;
}

export interface SeenAgain {
  readonly now: Pick<ForgeFacts, 'state' | 'closedAt' | 'title' | 'draft' | 'labels' | 'reviewDecision' | 'conversations' | 'reviews'>;
  readonly talk: Talk;
}

/** Everything that was said and published, oldest first. */
export interface Talk {
  /** Login of whom we are. */
  readonly us: string;
  readonly reviews: readonly Remark[];
  readonly comments: readonly Remark[];
  readonly threads: readonly Thread[];
}

export interface Remark {
  readonly id: number;
  readonly url: string;
  /** Null where the account is gone. */
  readonly by: string | null;
  readonly isBot: boolean;
  readonly body: string;
  /** As the forge writes it; of its last edit, if it was edited. */
  readonly at: string;
  readonly editedAt: string | null;
}

export interface Thread {
  readonly id: string;
  readonly path: string;
  readonly line: number | null;
  readonly isResolved: boolean;
  readonly resolvedBy: string | null;
  readonly remarks: readonly Remark[];
}

export interface Mention {
  readonly number: number;
  readonly isRequest: boolean;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly by: string;
  readonly createdAt: string;
}

export interface EndedCheck {
  readonly name: string;
  /** Names this run of it. */
  readonly run: string;
  readonly passed: boolean;
  /** Whether its end says something about the code: not where it was cancelled, or never ran. */
  readonly isAboutCode: boolean;
  readonly url: string | null;
  readonly summary: string;
  /** By which its log is read and it is run again; null where it is none of the forge's own jobs. */
  readonly job: number | null;
}

export interface JobLog {
  /** Step that has failed, and when it began; null where none has. */
  readonly step: { readonly name: string; readonly at: string | null } | null;
  readonly text: string;
}

/** `addedAt`: when it was put there last. */
export type Queued = Omit<QueueFacts, 'failedAt'> & { readonly addedAt: string | null };

export interface Listing {
  readonly listed: readonly Listed[];
  /** The forge's clock, in milliseconds since 1970. */
  readonly now: number;
}

export interface Listed {
  readonly number: number;
  readonly isRequest: boolean;
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
  /** When it was changed last, as the forge writes it. */
  readonly changedAt: string;
}
