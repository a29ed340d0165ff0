// How a handler is declared: by GitHub's operation id, which gives its route, its parameters and its body; and by who may call it.
import type { operations } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import type { OperationId } from '../github/supported.ts';
import type { Counted } from './rate-limits.ts';
import type { Reader } from '../state/state.ts';
import type { Repository, Role, User } from '../state/records.ts';
import type { Reply } from './reply.ts';

/** Ids of 64 bits come as numbers: those of the forge are small. */
type Plain<Parameters> = { [Name in keyof Parameters]: Exclude<Parameters[Name], bigint> };
type PathOf<Operation> = Operation extends { parameters: { path: infer Parameters } } ? Plain<Parameters> : Record<never, never>;
type QueryOf<Operation> = Operation extends { parameters: { query?: infer Parameters } } ? NonNullable<Parameters> : Record<never, never>;
type BodyOf<Operation> = Operation extends { requestBody?: { content: { 'application/json': infer Body } } }
  ? NonNullable<Body>
  : undefined;

export interface Call<Id extends OperationId = OperationId> {
  readonly forge: Forge;
  /** To read from: in a call that lags, the state as it was a moment ago. Writes look again, in their transaction. */
  readonly state: Reader;
  /** Null for a request without a token. */
  readonly actor: User | null;
  readonly params: PathOf<operations[Id]>;
  readonly query: QueryOf<operations[Id]>;
  readonly body: BodyOf<operations[Id]>;
  /** What the Accept header asks for: `json`, `raw`, `html`, `diff`, `patch`, `object`, … */
  readonly mediaType: string;
  readonly url: URL;
  /** Under which the caller's requests are counted. */
  readonly rateKey: Counted;
}

/** A call about a repository that the actor may see, with the role that was asked for. */
export interface RepositoryCall<Id extends OperationId = OperationId> extends Call<Id> {
  readonly repository: Repository;
  readonly role: Role | null;
}
/** The same, by somebody who is known. */
export interface ActorCall<Id extends OperationId = OperationId> extends RepositoryCall<Id> {
  readonly actor: User;
}

export interface Operation {
  readonly id: OperationId;
  /** Who may call: `anyone`; `user`: anyone with a token; a role in the repository of the path (`visible`: who can see it). */
  readonly access: 'anyone' | 'user' | 'visible' | Role;
  /** The answer may be up to the forge's lag old. */
  readonly lags: boolean;
  /** Counts against the limit on creating content. */
  readonly createsContent: boolean;
  /** For those without the role it is 404, not 403: they are not to know what there is. */
  readonly hidden: boolean;
  /** Also in an archived repository, where nothing else can be changed. */
  readonly archivedToo: boolean;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the three constructors below are the typed doors to it
  readonly handle: (call: any) => Reply | Promise<Reply>;
}

interface Options {
  readonly lags?: boolean;
  readonly createsContent?: boolean;
  readonly hidden?: boolean;
  readonly archivedToo?: boolean;
}

type Answer = Reply | Promise<Reply>;
const operation = (id: OperationId, access: Operation['access'], handle: Operation['handle'], options: Options = {}): Operation => ({
  id,
  access,
  lags: options.lags ?? false,
  createsContent: options.createsContent ?? false,
  hidden: options.hidden ?? false,
  archivedToo: options.archivedToo ?? false,
  handle,
});

/** A call outside of any repository; `anyone` needs no token. */
export const openCall = <Id extends OperationId>(id: Id, handle: (call: Call<Id>) => Answer, options?: Options): Operation =>
  operation(id, 'anyone', handle, options);

/** A call outside of any repository, by somebody who is known. */
export const userCall = <Id extends OperationId>(
  id: Id,
  handle: (call: Call<Id> & { actor: User }) => Answer,
  options?: Options,
): Operation => operation(id, 'user', handle, options);

/** Reading in a repository, by all who can see it. */
export const reading = <Id extends OperationId>(id: Id, handle: (call: RepositoryCall<Id>) => Answer): Operation =>
  operation(id, 'visible', handle);

/** Reading a list in a repository: it may lag behind. */
export const listing = <Id extends OperationId>(id: Id, handle: (call: RepositoryCall<Id>) => Answer): Operation =>
  operation(id, 'visible', handle, { lags: true });

/** Anything in a repository that needs a role there. */
export const acting = <Id extends OperationId>(
  id: Id,
  access: Role,
  handle: (call: ActorCall<Id>) => Answer,
  options?: Options,
): Operation => operation(id, access, handle, options);
