// Requests a second of the calls used most, beside a bare server of the same runtime that answers the same bytes.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestForge } from '../../test/forge/harness.ts';
import { workbench } from '../../test/forge/pull-request-support.ts';
import { rounded } from '../kernel/figures.ts';

const CLIENTS = 8;
const WATCH_MS = 3_000;

export interface Rate {
  readonly call: string;
  readonly perSecond: number;
  readonly bareServer: number;
  /** How many requests of the bare server one of these costs. */
  readonly ratio: number;
}

export async function measureRequests(forge: TestForge): Promise<Rate[]> {
  const at = await forge.repository('requests');
  const issue = await forge.as('owner').rest.issues.create({ ...at, title: 'Comments' });
  for (let index = 0; index < 100; index++) await forge.as('owner').rest.issues.create({ ...at, title: `Issue ${index}` });
  const here = `/repos/${at.owner}/${at.repo}`;
  const bench = await workbench(forge, { place: at });
  const pull = await bench.open('measured');
  for (let index = 0; index < 20; index++)
    await forge.as('owner').rest.checks.create({ ...at, name: `check-${index}`, head_sha: pull.head.sha, conclusion: 'success' });
  bench.dispose();
  const query = `query { repository(owner: "${at.owner}", name: "${at.repo}") { pullRequest(number: ${pull.number}) {
    title mergeable reviewDecision reviewThreads(first: 20) { nodes { isResolved } }
    commits(last: 1) { nodes { commit { statusCheckRollup { state } } } } } } }`;
  const calls: [string, string, RequestInit?][] = [
    ['get the repository', here],
    ['get an issue', `${here}/issues/${issue.data.number}`],
    ['list 100 issues', `${here}/issues?per_page=100`],
    ['get a pull request', `${here}/pulls/${pull.number}`],
    ['list pull requests', `${here}/pulls?per_page=100`],
    ['list 20 checks', `${here}/commits/${pull.head.sha}/check-runs`],
    ['ask GraphQL for a pull request', '/graphql', { method: 'POST', body: JSON.stringify({ query }) }],
    ['get a file', `${here}/contents/README.md`],
    ['comment', `${here}/issues/${issue.data.number}/comments`, { method: 'POST', body: '{"body":"Something to say"}' }],
  ];
  const rates: Rate[] = [];
  for (const [call, route, init] of calls) {
    const { bytes, status } = await forge.fetch(route, { ...init, login: 'writer' }).then(async (answer) => ({
      bytes: Buffer.from(await answer.arrayBuffer()),
      status: answer.status,
    }));
    const perSecond = await perSecondOf(() => forge.fetch(route, { ...init, login: 'writer' }), status);
    const bareServer = await bare(bytes, init);
    rates.push({ call, perSecond: Math.round(perSecond), bareServer: Math.round(bareServer), ratio: rounded(bareServer / perSecond) });
  }
  return rates;
}

async function bare(bytes: Buffer, init?: RequestInit): Promise<number> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-length': bytes.length }).end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const perSecond = await perSecondOf(() => fetch(url, init), 200);
  server.closeAllConnections();
  server.close();
  return perSecond;
}

async function perSecondOf(call: () => Promise<Response>, status: number): Promise<number> {
  const end = performance.now() + WATCH_MS;
  let done = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const answer = await call();
      if (answer.status !== status) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
      done++;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (done / WATCH_MS) * 1_000;
}
