// Where histories are lived through, many at once: one forge, one scripted model, one gateway, two workers. Each history has a repository of
// its own; people act by plain calls of the API. Signalbox is `writer`.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startModel, type Conversation, type Step } from '../../../devkit/model/model.ts';
import { startTestForge, type TestForge } from '../../forge/harness.ts';
import type { EffectView } from '../../forge/pull-request-support.ts';
import { keepGateway } from '../../support/gateway.ts';
import { install, type Installation } from '../../support/installation.ts';
import { keepWorkers } from '../../support/keep-alive.ts';
import type { Trouble } from './events.ts';

export type Call = <Answer = Record<string, unknown>>(login: string, method: string, path: string, body?: object) => Promise<Answer>;

export interface Stage {
  readonly forge: TestForge;
  readonly here: Installation;
  /** A call of the forge's API as a person. @throws Refused */
  readonly call: Call;
  /** Everything that has taken place in a repository of `owner`, counted at the forge. */
  effects(repo: string): Promise<readonly EffectView[]>;
  /** Where webhooks go, and their secret. */
  readonly webhook: { readonly url: string; readonly secret: string };
  /** Makes trouble for one repository; returns what ends it. */
  trouble(repo: string, trouble: Trouble): Promise<() => Promise<void>>;
  end(): Promise<void>;
}

/** The forge said no. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const LATE_MS = 1_500;

export async function createStage(): Promise<Stage> {
  const forge = await startTestForge({ checked: false });
  await forge.addUser('helper');
  const model = await startModel(helpful, { keepRequests: false });
  const github = { GITHUB_API_URL: forge.url, GITHUB_TOKEN: forge.tokens['writer'] ?? '' };
  // Nobody needs tests here: most of the repositories have no CI.
  const here = await install({ modelUrl: model.url, env: { ...github, SIGNALBOX_MERGE_WITHOUT_TESTS: 'true', TEST_SWEEP_AFTER_MS: '3000' } });
  const orders = join(here.data, 'orders');
  await mkdir(orders);
  const endWorkers = await keepWorkers(here, 2);
  const gateway = await keepGateway(here, github);
  const call = callOf(forge);
  let ordered = 0;
  const seen: EffectView[] = [];

  return {
    forge, here, call,
    webhook: gateway.webhook,
    async effects(repo) {
      for (let more = true; more; ) {
        const page = await forge.control<EffectView[]>('GET', `/_effects?after=${seen.at(-1)?.sequence ?? 0}&limit=5000`);
        // Several ask at once.
        seen.push(...page.filter(({ sequence }) => sequence > (seen.at(-1)?.sequence ?? 0)));
        more = page.length === 5000;
      }
      return seen.filter(({ repository }) => repository === `owner/${repo}`);
    },
    async trouble(repo, trouble) {
      if (trouble.kind === 'kill gateway') {
        gateway.kill();
        return async () => undefined;
      }
      if (trouble.kind === 'kill') {
        const number = ++ordered; // others order meanwhile
        const order = join(orders, `${number}`);
        await writeFile(`${here.data}/order-${number}`, `${trouble.point} in ${repo}`);
        await rename(`${here.data}/order-${number}`, order);
        return () => rm(order, { force: true });
      }
      const where = { repository: `owner/${repo}`, count: trouble.count };
      const { id } = await forge.control<{ id: number }>('POST', '/_faults', {
        ...where,
        ...(trouble.kind === 'fault'
          ? { route: trouble.route, when: trouble.when, fault: trouble.fault, actor: 'writer' }
          : { route: 'webhook/*', when: 'before', fault: trouble.fault === 'late' ? { kind: 'delay', ms: LATE_MS } : { kind: trouble.fault } }),
      });
      return () => forge.control('DELETE', `/_faults?id=${id}`);
    },
    async end() {
      gateway.stop();
      await endWorkers();
      await here.end();
      await model.stop();
      await forge.stop();
    },
  };
}

/** Light: no client library, for there are thousands of calls. */
function callOf({ url, tokens }: TestForge): Call {
  return async <Answer>(login: string, method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${tokens[login] ?? ''}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Refused(response.status, `${method} ${path} as ${login}: ${response.status} ${text.slice(0, 300)}`);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  };
}

/** Reviewers find nothing; wishes and failed checks are met by a new file, questions are answered. */
function helpful({ turn, messages, playbook, prompt }: Conversation): Step {
  if (playbook?.startsWith('review-') === true) return { call: [{ tool: 'report_findings', input: { findings: [], verified: [] } }] };
  const all = messages.map(({ text }) => text).join('\n');
  // Both sides are kept.
  if (playbook === 'resolve-conflicts' && turn === 0)
    return { call: [{ tool: 'bash', input: { command: "grep -rlE '^<{7} ' . --exclude-dir=.git | xargs sed -i -E '/^(<{7}|={7}|>{7})/d'" } }] };
  const asked = [...new Set([...all.matchAll(/Comment (\S+) \(/g)].map(([, to = '']) => to))];
  const works = (playbook !== 'answer-comments' && playbook !== 'resolve-conflicts') || all.includes('differently') || all.includes('other words');
  // Named after what the session was given, so that no two are alike.
  const file = `done-${digest(prompt)}.txt`;
  if (turn === 0 && works) return { call: [{ tool: 'write', input: { path: file, content: 'Done.\n' } }] };
  return {
    call: [
      {
        tool: 'hand_over',
        input: {
          commit: { type: 'fix', title: 'do what was asked for', body: '' }, request: { title: 'Do it', description: '' },
          files: works ? [file] : [], outsideTheGoal: [], replies: asked.map((to) => ({ to, text: 'So it is.' })),
        },
      },
    ],
  };
}

function digest(text: string): number {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + character.charCodeAt(0)) % 1_000_000_007;
  return sum;
}
