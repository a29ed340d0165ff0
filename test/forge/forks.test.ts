import { describe, expect, it } from '@jest/globals';
import { refusal, type TestForge } from './harness.ts';
import { type Workbench } from './pull-request-support.ts';
import { benchForEach } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
benchForEach((...ready) => {
  [forge, bench] = ready;
});

describe('a fork', () => {
  it('is a repository of its own, made once, and listed', async () => {
    const { rest } = forge.as('stranger');
    await bench.commit('other', { 'o.txt': 'o' });
    const { data } = await rest.repos.createFork(bench.place);
    expect(data).toMatchObject({ fork: true, owner: { login: 'stranger' }, parent: { full_name: `owner/${bench.place.repo}` } });
    expect((await rest.repos.createFork(bench.place)).data.id).toBe(data.id);
    expect((await forge.as('reader').rest.repos.listForks(bench.place)).data.map(({ id }) => id)).toEqual([data.id]);
    expect(await bench.git('ls-remote', '--heads', data.clone_url)).toContain('refs/heads/other');
    expect((await refusal(forge.as('owner').rest.repos.createFork(bench.place))).status).toBe(403);
    expect((await refusal(rest.repos.createFork({ ...bench.place, organization: 'firm' }))).status).toBe(422);
    const alone = await forge.as('reader').rest.repos.createFork({ ...bench.place, default_branch_only: true, name: 'alone' });
    expect(await bench.git('ls-remote', '--heads', alone.data.clone_url)).not.toContain('refs/heads/other');
  });

  it('sends requests to its parent, which follow its pushes and are merged there', async () => {
    const { rest } = forge.as('stranger');
    await rest.repos.createFork(bench.place);
    const remote = forge.remote({ owner: 'stranger', repo: bench.place.repo }, 'stranger');
    await bench.git('checkout', '-q', '-b', 'idea');
    await bench.git('commit', '-q', '--allow-empty', '-m', 'An idea');
    await bench.git('push', '-q', remote, 'idea');
    const { data } = await rest.pulls.create({ ...bench.place, head: 'stranger:idea', base: 'main', title: 'An idea' });
    expect(data).toMatchObject({ head: { label: 'stranger:idea', repo: { fork: true } }, maintainer_can_modify: true });
    expect(data.author_association).toBe('NONE');
    await bench.git('commit', '-q', '--allow-empty', '-m', 'More');
    await bench.git('push', '-q', remote, 'idea');
    const sha = await bench.git('rev-parse', 'HEAD');
    expect(await bench.pull(data.number)).toMatchObject({ head: { sha }, commits: 2 });
    expect(await bench.git('ls-remote', 'origin', `refs/pull/${data.number}/head`)).toContain(sha);
    expect((await refusal(rest.pulls.merge({ ...bench.place, pull_number: data.number }))).status).toBe(403);

    await bench.commit('main', { 'c.txt': 'c' });
    await forge.as('writer').rest.pulls.updateBranch({ ...bench.place, pull_number: data.number });
    expect((await bench.pull(data.number)).head.sha).toBe((await bench.git('ls-remote', remote, 'refs/heads/idea')).slice(0, 40));
    await forge.as('writer').rest.pulls.merge({ ...bench.place, pull_number: data.number });
    expect(await bench.pull(data.number)).toMatchObject({ merged: true, author_association: 'CONTRIBUTOR' });
  });

  it('takes pushes of who may write to its parent, to branches of open requests that let them, and to nothing else', async () => {
    const { rest } = forge.as('stranger');
    await rest.repos.createFork(bench.place);
    const fork = { owner: 'stranger', repo: bench.place.repo };
    const push = (login: string, to: string, from = 'HEAD') =>
      bench.git('push', '-q', forge.remote(fork, login), `${from}:refs/heads/${to}`);
    await bench.git('checkout', '-q', '-b', 'idea');
    await bench.git('commit', '-q', '--allow-empty', '-m', 'An idea');
    await push('stranger', 'idea');
    await push('stranger', 'other');
    const asked = { ...bench.place, head: 'stranger:idea', base: 'main', title: 'An idea', maintainer_can_modify: false };
    const { number } = (await rest.pulls.create(asked)).data;
    await bench.git('commit', '-q', '--allow-empty', '-m', 'More');
    await expect(push('writer', 'idea')).rejects.toThrow('denied to writer');
    await rest.pulls.update({ ...bench.place, pull_number: number, maintainer_can_modify: true });
    await expect(push('reader', 'idea')).rejects.toThrow('denied to reader');
    await expect(push('writer', 'other')).rejects.toThrow('let maintainers edit them');
    await expect(push('writer', 'new')).rejects.toThrow('let maintainers edit them');
    await expect(push('writer', 'idea', '')).rejects.toThrow('let maintainers edit them');
    await push('writer', 'idea');
    const sha = await bench.git('rev-parse', 'HEAD');
    expect(await bench.pull(number)).toMatchObject({ head: { sha }, commits: 2 });
    await rest.pulls.update({ ...bench.place, pull_number: number, state: 'closed' });
    await bench.git('commit', '-q', '--allow-empty', '-m', 'Too late');
    await expect(push('writer', 'idea')).rejects.toThrow('denied to writer');
  });

  it('that is deleted leaves its requests closed, for good, with no head repository', async () => {
    const { rest } = forge.as('stranger');
    await rest.repos.createFork(bench.place);
    const fork = { owner: 'stranger', repo: bench.place.repo };
    await bench.git('checkout', '-q', '-b', 'lost');
    await bench.git('commit', '-q', '--allow-empty', '-m', 'Lost');
    await bench.git('push', '-q', forge.remote(fork, 'stranger'), 'lost');
    const { number } = (await rest.pulls.create({ ...bench.place, head: 'stranger:lost', base: 'main', title: 'Lost' })).data;
    await rest.repos.delete(fork);
    expect(await bench.pull(number)).toMatchObject({ state: 'closed', merged: false, head: { repo: null } });
    expect((await bench.effects('pull_request.closed')).map(({ actor, subject }) => [actor, subject])).toEqual([
      ['stranger', `#${number}`],
    ]);
    const reopening = forge.as('writer').rest.pulls.update({ ...bench.place, pull_number: number, state: 'open' });
    expect((await refusal(reopening)).status).toBe(422);
  });
});
