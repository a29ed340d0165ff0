// SIGKILL before and after everything that the owner of a merge request does: of the workers, of the server, of both. Effects are counted from
// outside: on the forge, and by whoever gets the notices. Each point is one request's; several run to theirs, and one kill meets them all.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Installation } from '../support/installation.ts';
import { installKept, type KeptInstallation } from '../support/kept-installation.ts';
import { killAtEach } from '../support/kill-table.ts';
import { merged, takenUp, upToDate, type Owner, type Story } from '../support/request-stories.ts';
import { createRequestWorld, helpful, type OpenRequest, type RequestWorld } from '../support/request-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';

/** Requests that share the points of one that is merged. */
const SIDE_BY_SIDE = 6;

let world: RequestWorld;
let kept: KeptInstallation;
let here: Installation;

beforeAll(async () => {
  // Once, workers die when a model has been asked what a comment wants, and its answer is not on record.
  let died = false;
  world = await createRequestWorld(async (playbook, conversation) => {
    if (playbook === 'triage' && !died) {
      died = true;
      await Promise.all(here.workers().map((worker) => worker.kill()));
    }
    return helpful(playbook, conversation);
  });
  kept = await installKept({ modelUrl: world.model.url, env: world.env });
  here = kept.here;
}, FIRST_RUN_MS);

afterAll(async () => {
  await kept.end();
  await world.end();
});

/** What a request's owner does, each at its first time, as the points before and after it. */
async function pointsOf({ id }: OpenRequest): Promise<string[]> {
  const kinds = (await readFile(join(here.data, 'steps'), 'utf8')).split('\n');
  return [...new Set(kinds)].filter((kind) => kind.split(' ')[1] === id);
}

const MERGED = [
  ...['assessMergeRequest', 'prepareForMergeRequest session', 'prepareReviewOfMergeRequest review', 'endMergeRequest'],
  ...['rerun', 'take', 'status', 'footer', 'reply', 'resolve', 'askMerge', 'closeIssue', 'retarget', 'deleteBranch', 'notify'].map(
    (kind) => `actOnMergeRequest ${kind}`,
  ),
  ...['commit', 'push', 'removeWorktree'].map((kind) => `actOnMergeRequestHost ${kind}`),
];
const around = ({ id }: OpenRequest, kinds: readonly string[]): string[] =>
  kinds.flatMap((kind) => [`before ${id} ${kind}`, `after ${id} ${kind}`]);
const TAKEN_UP = ['askModelForMergeRequest triage', 'actOnMergeRequest say', 'actOnMergeRequestHost takeUp'];
const UP_TO_DATE = [
  ...['actOnMergeRequestHost takeBase', 'actOnMergeRequestHost push', 'prepareForMergeRequest session'],
  ...['actOnMergeRequestHost commit', 'actOnMergeRequestHost push'],
];

/** Webhooks are lost while the server is away: who has decided nothing for a while is told that there may be something to see. */
function remind(requests: readonly OpenRequest[], owners: readonly Owner[]): NodeJS.Timeout {
  const last = new Map<string, { readonly decision: number; readonly at: number }>();
  const look = async ({ id }: OpenRequest, owner: Owner | undefined): Promise<void> => {
    const decision = await here.store.decisions.last({ workflow: id });
    const before = last.get(id);
    if (before?.decision === decision && Date.now() - before.at < 8_000) return;
    last.set(id, { decision, at: Date.now() });
    if (before?.decision === decision) await owner?.look();
  };
  return setInterval(() => here.inBackground(Promise.all(requests.map((request, at) => look(request, owners[at])))), 2_000);
}

describe('the owner of a merge request', () => {
  let calm: OpenRequest;
  let points: string[];

  it(
    'reruns, answers, pushes, resolves, merges and cleans up',
    async () => {
      const story = await merged({ world, here });
      calm = story.request;
      await story.follow(await calm.own());
      await story.expectOnce();
      points = await pointsOf(calm);
      expect(new Set(points)).toEqual(new Set([...around(calm, MERGED), ...around(calm, ['actOnMergeRequest proof'])]));
    },
    FIRST_RUN_MS,
  );

  it('does everything once over SIGKILL of the workers, of the server and of both before and after it', async () => {
    const share = (all: readonly string[], count: number, at: number): string[] => all.filter((_, point) => point % count === at);
    const counted = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
    const table: readonly { readonly story: Story; readonly points: readonly string[] }[] = await Promise.all([
      ...counted(SIDE_BY_SIDE).map(async (at) => {
        const story = await merged({ world, here });
        const own = points.map((point) => point.replace(calm.id, story.request.id));
        return { story, points: share(own, SIDE_BY_SIDE, at) };
      }),
      takenUp({ world, here }).then((story) => ({ story, points: around(story.request, TAKEN_UP) })),
      ...counted(2).map(async (at) => {
        const story = await upToDate({ world, here });
        return { story, points: share(around(story.request, UP_TO_DATE), 2, at) };
      }),
    ]);

    const following: Promise<void>[] = [];
    const owners: Owner[] = [];
    const reminding = remind(
      table.map(({ story }) => story.request),
      owners,
    );
    try {
      await killAtEach(
        kept,
        table.map((row) => row.points),
        async () => {
          for (const { story } of table) {
            const owner = await story.request.own();
            owners.push(owner);
            const followed = story.follow(owner);
            followed.catch(() => undefined); // looked at below
            following.push(followed);
          }
        },
        { byTurns: true },
      );
      await Promise.all(following);
    } finally {
      clearInterval(reminding);
    }
    for (const { story } of table) await story.expectOnce();
    const asked = world.model.requests().filter(({ messages }) => JSON.stringify(messages).includes('Signalbox playbook: triage\\n'));
    expect(asked).toHaveLength(2);
  }, 600_000);
});
