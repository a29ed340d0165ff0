// What every request to an API goes through, whichever it speaks: who calls, faults before and after, limits, the answer with its headers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Forge } from '../forge.ts';
import type { User } from '../state/records.ts';
import { answer } from './answer.ts';
import { callerOf } from './authenticate.ts';
import { asRefusal } from './faults.ts';
import { secondaryLimit, type Counted, type Resource } from './rate-limits.ts';
import { Refusal, type Reply } from './reply.ts';

export interface Visit {
  /** What faults know the request by. */
  readonly route: string;
  /** `owner/name` of the repository that its path names. */
  readonly repository?: string;
  /** Which of the caller's hourly limits it counts against. */
  readonly resource: Resource;
  readonly createsContent: boolean;
  /** Costs nothing and is never refused for a limit: asking for the limits themselves. */
  readonly isFree?: boolean;
}

export interface Visitor {
  /** Null for a request without a token. */
  readonly actor: User | null;
  /** Under which the caller's requests are counted. */
  readonly rateKey: Counted;
  /** Says by what faults know it as well, once that is seen: those that strike after it. */
  readonly isKnownAs: (route: string) => void;
}

/** Answers the request with what `work` makes of it: a reply, or the refusal that it throws. */
export async function attend(
  forge: Forge,
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
  work: (visitor: Visitor) => Promise<Reply>,
): Promise<void> {
  const caller = callerOf(request, forge.state);
  const isKnown = caller !== 'anonymous' && caller !== 'bad credentials';
  const rateKey = isKnown
    ? { key: caller.secret, isAnonymous: false }
    : { key: request.socket.remoteAddress ?? 'anonymous', isAnonymous: true };
  const headers = (): Record<string, string> => forge.rateLimits.headers(rateKey, visit.resource);
  const scope = { repository: visit.repository, actor: isKnown ? caller.user.login : undefined };
  let leave: (() => void) | undefined;
  let known: string | undefined;
  try {
    const before = forge.faults.strike(visit.route, 'before', scope, ['status', 'secondary-limit', 'cut', 'delay', 'hold']);
    if (before?.kind === 'cut') return void response.destroy();
    if (before?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, before.ms));
    if (before?.kind === 'hold') await before.ended;
    if (before?.kind === 'status') throw asRefusal(before);
    if (before?.kind === 'secondary-limit') throw secondaryLimit(before.retryAfter ?? 60);
    if (visit.isFree !== true) leave = forge.rateLimits.enter(rateKey, visit);
    if (caller === 'bad credentials') throw new Refusal(401, 'Bad credentials');
    checkVersion(request);
    const reply = await work({ actor: isKnown ? caller.user : null, rateKey, isKnownAs: (route) => (known = route) });

    const strikeAfter = (route: string) => forge.faults.strike(route, 'after', scope, ['status', 'cut', 'delay', 'hold']);
    const after = strikeAfter(visit.route) ?? (known === undefined ? undefined : strikeAfter(known));
    if (after?.kind === 'cut') return void response.destroy();
    if (after?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, after.ms));
    if (after?.kind === 'hold') await after.ended;
    if (after?.kind === 'status') throw asRefusal(after);
    answer(request, response, reply, (status) => {
      if (status === 304) forge.rateLimits.refund(rateKey, visit.resource);
      return headers();
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer(request, response, error.reply, headers);
  } finally {
    leave?.();
  }
}

function checkVersion(request: IncomingMessage): void {
  const version = request.headers['x-github-api-version'];
  if (version !== undefined && version !== '2022-11-28')
    throw new Refusal(400, `"${String(version)}" is not a supported version of the API. Supported: 2022-11-28.`);
}
