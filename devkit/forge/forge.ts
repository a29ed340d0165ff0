// What every part of the forge works with. Parts get it as an argument; nothing here is global.
import type { Launch } from '../../src/sandbox/launcher/launch.ts';
import type { ObjectReaders } from './git/object-reader.ts';
import type { GitRepository } from './git/repository.ts';
import type { Faults } from './http/faults.ts';
import type { RateLimits } from './http/rate-limits.ts';
import type { Random } from './random.ts';
import type { Settings, Span } from './settings.ts';
import type { State } from './state/state.ts';
import type { Repository } from './state/records.ts';

export interface Forge {
  readonly settings: Settings;
  readonly state: State;
  readonly random: Random;
  readonly faults: Faults;
  readonly rateLimits: RateLimits;
  /** Base address, without a slash at its end; known once the server listens. */
  readonly url: string;
  /** The secret that the control routes (`/_faults`, `/_effects`, …) ask for. */
  readonly controlToken: string;
  /** Pull requests whose trial merge is due (domain/trial-merges.ts); a restart forgets them, and the next question asks for it anew. */
  readonly trialsUnderWay: Set<number>;
  readonly objects: ObjectReaders;
  /** Starts git. */
  readonly launch: Launch;
  git(repository: Repository): GitRepository;
  /** Runs `work` while nobody else moves refs of the repository. */
  exclusively<Result>(repository: Repository, work: () => Promise<Result>): Promise<Result>;
  /** Resolves once auto-merges and queues have done all that the facts allow. */
  settled(): Promise<void>;
  /** Runs `work` after a delay drawn from the span; not at all once the forge has stopped. An error in it is told (background.ts). */
  later(span: Span, work: () => void | Promise<void>): void;
}
