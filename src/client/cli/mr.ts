// `signalbox mr adopt`, `list`, `pause`, `resume`, `release`: who has a request in hand. Every word is on record, by whom and when.
import { createForge } from '../../activities/forge/create.ts';
import { CUSTODY_POLICIES, type Custody, type CustodyPolicy } from '../../contracts/custody.ts';
import type { MergeRequestInput } from '../../contracts/merge-request.ts';
import { mergeRequestId, type MergeRequestRef } from '../../contracts/work.ts';
import { adopt as adoptRequest } from '../adopt.ts';
import { inputOf } from '../input-of.ts';
import { sayOfCustody } from '../../activities/merge-request/say-of-custody.ts';
import { withDoors, type Doors } from './doors.ts';
import { identityNamed, nameOfIdentity, pusher } from './identity.ts';
import { age, bold, dim, green, print, printJson, table, yellow } from './output.ts';
import { person } from './person.ts';
import { Problem } from './problem.ts';
import { inHand, nameOf, requestNamed } from './request-name.ts';
import { asking } from './target.ts';
import { listWork } from './work.ts';

export async function adopt(named: string, options: { json?: true; policy?: string; workspace: string; as?: string }): Promise<void> {
  const policy = options.policy === undefined ? undefined : parsePolicy(options.policy);
  const adopted = await withDoors(async (doors) => {
    const { config } = doors;
    const ref = await requestNamed(config, named);
    const as = await identityOf(doors, ref, options.as);
    const { token, variable } = pusher(config, as);
    const input = { ref, policy, by: person(), workspace: options.workspace, host: config.host, as, confined: !config.unsandboxed };
    const forge = createForge({ apiUrl: config.github.apiUrl, token });
    return asking(config, `request ${ref.owner}/${ref.repo}#${ref.number}`, () => adoptRequest(doors, forge, input), variable);
  });
  if (adopted.state === 'refused') throw new Problem(adopted.because);
  const { state, custody } = adopted;
  const name = nameOf(custody.request);
  if (state === 'still ending') throw new Problem(`The last owner of ${name} has not ended yet. Try again in a moment.`);
  if (options.json === true)
    return printJson({ request: name, id: custody.request, state, policy: custody.policy, generation: custody.generation });
  const how = {
    began: 'is in our hands',
    running: 'is in our hands already',
    policy: 'stays in our hands',
    over: 'was handed over by its task before',
  };
  print(`${bold(name)} ${how[state]}: ${custody.policy}.`);
  print(dim(`Next: signalbox mr show ${name}, mr pause ${name}`));
}

/** The one that is named, else as which it was in our hands before, else the default. Refused where it is in our hands as another one. */
async function identityOf({ config, store, client }: Doors, ref: MergeRequestRef, name: string | undefined): Promise<string | null> {
  const named = identityNamed(config, name);
  const id = mergeRequestId(ref);
  const input = await inputOf<MergeRequestInput>(client, id);
  const before = input === undefined ? undefined : (input.work.as ?? null);
  const state = (await store.custody.of({ request: id }))?.state;
  if ((state === 'active' || state === 'paused') && before !== undefined && named !== undefined && named !== before)
    throw new Problem(`${nameOf(id)} is in our hands as ${nameOfIdentity(before)}. "signalbox mr release" first, then hand it over anew.`);
  return [named, before, config.identity].find((one) => one !== undefined) ?? null;
}

function parsePolicy(name: string): CustodyPolicy {
  const policy = CUSTODY_POLICIES.find((one) => one === name);
  if (policy === undefined) throw new Problem(`There is no policy ${JSON.stringify(name)}; there are ${CUSTODY_POLICIES.join(', ')}.`);
  return policy;
}

export async function sayOfRequest(
  word: 'pause' | 'resume' | 'release',
  named: string,
  options: { json?: true; reason: string },
): Promise<void> {
  const { custody, outcome } = await withDoors(async (doors) => {
    const { request } = await inHand(doors.store, await requestNamed(doors.config, named));
    const outcome = await sayOfCustody(doors, word, { request, by: person(), because: options.reason });
    return { custody: await inHand(doors.store, await requestNamed(doors.config, named)), outcome };
  });
  const name = nameOf(custody.request);
  if (outcome.state === 'over')
    throw new Problem(
      `${name} is not in our hands any more (${custody.state}: ${custody.because}). "signalbox mr adopt ${name}" hands it over again.`,
    );
  if (!outcome.runs)
    throw new Problem(`That is on record, but the owner of ${name} does not run. "signalbox mr adopt ${name}" starts it again.`);
  if (options.json === true)
    return printJson({ request: name, id: custody.request, state: custody.state, changed: outcome.state === 'said' });
  const so = { pause: 'is paused', resume: 'goes on', release: 'is given back to people' };
  print(`${bold(name)} ${so[word]}${outcome.state === 'already' ? `; ${custody.by} had said so ${age(new Date(custody.at))} ago` : ''}.`);
}

export interface ListedRequest extends Custody {
  readonly name: string;
  /** Whether its owner runs. */
  readonly runs: boolean;
  readonly rule: string | null;
  readonly why: string | null;
}

export async function listRequests(options: { json?: true; all?: true }): Promise<void> {
  const listed = await withDoors(listed_);
  const shown = listed.filter(({ state, runs }) => options.all === true || (state !== 'ended' && state !== 'released') || runs);
  if (options.json === true) return shown.forEach(printJson);
  if (shown.length === 0) return print(`No request is in our hands. ${dim('signalbox mr adopt owner/repo#7 hands one over.')}`);
  print(
    table(
      ['request', 'policy', 'state', 'because', 'since'],
      shown.map((one) => [one.name, one.policy, stateOf(one), one.why ?? '', age(new Date(one.since))]),
    ),
  );
}

async function listed_({ store, client }: Doors): Promise<ListedRequest[]> {
  const [all, work] = await Promise.all([store.custody.all({}), listWork(client, { all: false })]);
  return Promise.all(
    all.map(async (custody) => {
      const workflow = custody.request;
      const after = (await store.decisions.last({ workflow })) - 1;
      const [last] = await store.decisions.trace({ workflow, after, limit: 1 });
      const runs = work.some(({ id }) => id === workflow);
      return { ...custody, name: nameOf(workflow), runs, rule: last?.rule ?? null, why: last?.because ?? null };
    }),
  );
}

export function stateOf({ state, runs }: Pick<ListedRequest, 'state' | 'runs'>): string {
  if (state === 'active') return runs ? green('active') : yellow('its owner does not run');
  return state === 'paused' ? yellow(state) : dim(state);
}
