// What the forge and `emulate` are both asked, over octokit alone. Each scenario has a repository of its own, and tells what it saw: facts
// under names, without ids, times and addresses, so that two servers that agree with GitHub agree with each other.
import { actions } from './actions.ts';
import { base64, branch, request, seen, status, type Facts, type World } from './asking.ts';
import { webhooks } from './webhooks.ts';

export const SCENARIOS: Readonly<Record<string, (world: World) => Promise<Facts>>> = {
  issues: async ({ as, place }) => {
    const { issues } = as('writer').rest;
    const { data } = await issues.create({ ...place, title: 'Broken', body: 'It is', labels: ['bug'] });
    const one = { ...place, issue_number: data.number };
    const closed = (await issues.update({ ...one, state: 'closed', state_reason: 'not_planned' })).data;
    const reopened = (await issues.update({ ...one, state: 'open' })).data;
    return {
      'a new one': [data.number, data.title, data.state, data.comments, data.locked, data.user?.login],
      'its label': data.labels.map((label) => (typeof label === 'string' ? label : label.name)),
      'without a title': await status(issues.create({ ...place, title: '' })),
      'that is not there': await status(issues.get({ ...place, issue_number: 99 })),
      closed: [closed.state, closed.state_reason, closed.closed_by?.login],
      reopened: [reopened.state, reopened.state_reason, reopened.closed_at],
      'of a milestone that is not there': await status(issues.update({ ...one, milestone: 99 })),
      'assigned to a stranger': (await issues.addAssignees({ ...one, assignees: ['stranger'] })).data.assignees?.map(({ login }) => login),
      'assigned to a collaborator': (await issues.addAssignees({ ...one, assignees: ['reader'] })).data.assignees?.map(
        ({ login }) => login,
      ),
      'opened by a stranger': await status(as('stranger').rest.issues.create({ ...place, title: 'Mine' })),
      'labeled by its author, who may not': (await as('stranger').rest.issues.create({ ...place, title: 'Mine too', labels: ['bug'] })).data
        .labels.length,
      'closed by a stranger': await status(as('stranger').rest.issues.update({ ...one, state: 'closed' })),
      locked: [await status(issues.lock(one)), (await issues.get(one)).data.locked],
      'a comment of a stranger on what is locked': await status(as('stranger').rest.issues.createComment({ ...one, body: 'But' })),
      listed: (await issues.listForRepo({ ...place, state: 'all' })).data.map(({ number }) => number),
      events: (await issues.listEvents(one)).data.map(({ event }) => event),
    };
  },

  comments: async ({ as, place }) => {
    const { issues } = as('reader').rest;
    const one = { ...place, issue_number: (await issues.create({ ...place, title: 'T' })).data.number };
    const { data } = await issues.createComment({ ...one, body: 'First' });
    const at = { ...place, comment_id: data.id };
    return {
      'a new one': [data.body, data.user?.login, data.author_association],
      'without words': await status(issues.createComment({ ...one, body: '' })),
      edited: (await issues.updateComment({ ...at, body: 'Second' })).data.body,
      'edited by a stranger': await status(as('stranger').rest.issues.updateComment({ ...at, body: 'Third' })),
      counted: (await issues.get(one)).data.comments,
      listed: (await issues.listComments(one)).data.map(({ body }) => body),
      deleted: [await status(issues.deleteComment(at)), await status(issues.getComment(at))],
      'on nothing': await status(issues.createComment({ ...place, issue_number: 99, body: 'Hello' })),
    };
  },

  labels: async ({ as, place }) => {
    const { issues } = as('writer').rest;
    const { data } = await issues.createLabel({ ...place, name: 'urgent', color: 'ff0000', description: 'Now' });
    const one = { ...place, issue_number: (await issues.create({ ...place, title: 'T' })).data.number };
    return {
      'a new one': [data.name, data.color, data.description, data.default],
      'a second of the name': await status(issues.createLabel({ ...place, name: 'urgent' })),
      'the name in capitals': await status(issues.createLabel({ ...place, name: 'URGENT' })),
      'a color that is none': await status(issues.createLabel({ ...place, name: 'loud', color: 'loud' })),
      'by a reader': await status(as('reader').rest.issues.createLabel({ ...place, name: 'quiet' })),
      'put on an issue': (await issues.addLabels({ ...one, labels: ['urgent'] })).data.map(({ name }) => name),
      'made by being put on one': (await issues.addLabels({ ...one, labels: ['fresh'] })).data.map(({ name }) => name),
      'replaced by others': (await issues.setLabels({ ...one, labels: ['fresh'] })).data.map(({ name }) => name),
      'removed that is not on it': await status(issues.removeLabel({ ...one, name: 'urgent' })),
      renamed: (await issues.updateLabel({ ...place, name: 'urgent', new_name: 'later' })).data.name,
      deleted: [await status(issues.deleteLabel({ ...place, name: 'later' })), await status(issues.getLabel({ ...place, name: 'later' }))],
    };
  },

  milestones: async ({ as, place }) => {
    const { issues } = as('writer').rest;
    const { data } = await issues.createMilestone({ ...place, title: 'First' });
    await issues.create({ ...place, title: 'T', milestone: data.number });
    const at = { ...place, milestone_number: data.number };
    const counted = (await issues.getMilestone(at)).data;
    return {
      'a new one': [data.number, data.title, data.state],
      'a second of the title': await status(issues.createMilestone({ ...place, title: 'First' })),
      'its issues': [counted.open_issues, counted.closed_issues],
      closed: (await issues.updateMilestone({ ...at, state: 'closed' })).data.state,
      'listed, by default': (await issues.listMilestones(place)).data.length,
      deleted: [await status(issues.deleteMilestone(at)), await status(issues.getMilestone(at))],
    };
  },

  files: async ({ as, place }) => {
    const { repos } = as('writer').rest;
    const file = { ...place, path: 'a/b.txt', message: 'Write' };
    const first = await repos.createOrUpdateFileContents({ ...file, content: base64('one') });
    const sha = first.data.content?.sha ?? '';
    const second = await repos.createOrUpdateFileContents({ ...file, content: base64('two'), sha });
    const read = (await repos.getContent({ ...place, path: 'a/b.txt' })).data as { content: string; encoding: string; type: string };
    return {
      'a new one': first.status,
      changed: [second.status, second.data.commit.message],
      'changed without its id': await status(repos.createOrUpdateFileContents({ ...file, content: base64('three') })),
      'changed with an old id': await status(repos.createOrUpdateFileContents({ ...file, content: base64('three'), sha })),
      read: [read.type, read.encoding, Buffer.from(read.content, 'base64').toString()],
      'that is not there': await status(repos.getContent({ ...place, path: 'nowhere' })),
      'a folder': ((await repos.getContent({ ...place, path: 'a' })).data as { name: string }[]).map(({ name }) => name),
      'written by a reader': await status(
        as('reader').rest.repos.createOrUpdateFileContents({ ...place, path: 'c', message: 'C', content: base64('c') }),
      ),
      history: (await repos.listCommits(place)).data.map(({ commit }) => commit.message),
      removed: await status(repos.deleteFile({ ...file, sha: second.data.content?.sha ?? '' })),
    };
  },

  refs: async ({ as, place }) => {
    const { git, repos } = as('writer').rest;
    const { sha } = (await git.getRef({ ...place, ref: 'heads/main' })).data.object;
    const made = await git.createRef({ ...place, ref: 'refs/heads/side', sha });
    return {
      'a new one': [made.status, made.data.ref],
      'a second of the name': await status(git.createRef({ ...place, ref: 'refs/heads/side', sha })),
      'without refs/': await status(git.createRef({ ...place, ref: 'side2', sha })),
      'of nothing': await status(git.createRef({ ...place, ref: 'refs/heads/side3', sha: '1'.repeat(40) })),
      'by a reader': await status(as('reader').rest.git.createRef({ ...place, ref: 'refs/heads/side4', sha })),
      branches: (await repos.listBranches(place)).data.map(({ name }) => name),
      'a branch that is not there': await status(repos.getBranch({ ...place, branch: 'nowhere' })),
      deleted: [await status(git.deleteRef({ ...place, ref: 'heads/side' })), await status(git.getRef({ ...place, ref: 'heads/side' }))],
      'deleted again': await status(git.deleteRef({ ...place, ref: 'heads/side' })),
    };
  },

  'pull requests': async (world) => {
    const { as, place } = world;
    const { pulls, issues } = as('writer').rest;
    const { number: earlier } = (await issues.create({ ...place, title: 'Before' })).data;
    const { number } = await request(world, 'topic');
    const one = { ...place, pull_number: number };
    const { data } = await pulls.get(one);
    return {
      'its number follows the issues': number - earlier,
      'a new one': [data.state, data.draft, data.merged, data.head.ref, data.base.ref, data.user.login],
      size: [data.commits, data.changed_files, data.additions, data.deletions],
      mergeable: [data.mergeable, data.mergeable_state],
      'a second of the branch': await status(pulls.create({ ...place, head: 'topic', base: 'main', title: 'Again' })),
      'of no branch': await status(pulls.create({ ...place, head: 'nowhere', base: 'main', title: 'Nothing' })),
      'into no branch': await status(pulls.create({ ...place, head: 'topic', base: 'nowhere', title: 'Nowhere' })),
      'of nothing new': await status(pulls.create({ ...place, head: 'main', base: 'main', title: 'Same' })),
      'is an issue, too': await seen(
        issues.get({ ...place, issue_number: number }).then(({ data: issue }) => issue.pull_request !== undefined),
      ),
      files: await seen(pulls.listFiles(one).then(({ data: files }) => files.map(({ filename, status: how }) => [filename, how]))),
      commits: await seen(pulls.listCommits(one).then(({ data: commits }) => commits.map(({ commit }) => commit.message))),
      edited: (await pulls.update({ ...one, title: 'Better' })).data.title,
      closed: (await pulls.update({ ...one, state: 'closed' })).data.state,
      'merged while it is closed': await status(pulls.merge(one)),
      reopened: (await pulls.update({ ...one, state: 'open' })).data.state,
      'that is not there': await status(pulls.get({ ...place, pull_number: 99 })),
    };
  },

  merges: async (world) => {
    const { as, place } = world;
    const { pulls, repos } = as('writer').rest;
    const { number, sha } = await request(world, 'topic');
    const one = { ...place, pull_number: number };
    const before = await status(pulls.checkIfMerged(one));
    const wrong = await status(pulls.merge({ ...one, sha: '1'.repeat(40) }));
    const byReader = await status(as('reader').rest.pulls.merge(one));
    const { data } = await pulls.merge({ ...one, sha });
    const merged = (await pulls.get(one)).data;
    const main = (await repos.getCommit({ ...place, ref: 'main' })).data;
    const other = await request(world, 'other');
    await pulls.merge({ ...place, pull_number: other.number, merge_method: 'squash', commit_title: 'All of it' });
    const squashed = (await repos.getCommit({ ...place, ref: 'main' })).data;
    return {
      'before it': before,
      'with another head': wrong,
      'by a reader': byReader,
      done: [data.merged, merged.merged, merged.state, merged.merged_by?.login],
      'after it': await status(pulls.checkIfMerged(one)),
      'once more': await status(pulls.merge(one)),
      'the base is at it': main.sha === data.sha,
      'its parents': main.parents.length,
      'the head is a parent': main.parents.some((parent) => parent.sha === sha),
      'what it brought': await status(repos.getContent({ ...place, path: 'topic.txt' })),
      'squashed: message and parents': [squashed.commit.message.split('\n')[0], squashed.parents.length],
      'reopened afterwards': await status(pulls.update({ ...one, state: 'open' })),
    };
  },

  reviews: async (world) => {
    const { as, place } = world;
    const one = { ...place, pull_number: (await request(world, 'topic')).number };
    const { pulls } = as('owner').rest;
    const asked = (await pulls.requestReviewers({ ...one, reviewers: ['reader'] })).data.requested_reviewers;
    const approval = (await pulls.createReview({ ...one, event: 'APPROVE' })).data;
    return {
      asked: asked?.map((user) => ('login' in user ? user.login : '')),
      'asked of the author': await status(pulls.requestReviewers({ ...one, reviewers: ['writer'] })),
      'asked of a stranger': await status(pulls.requestReviewers({ ...one, reviewers: ['stranger'] })),
      'an approval': [approval.state, approval.user?.login],
      'of the own request': await status(as('writer').rest.pulls.createReview({ ...one, event: 'APPROVE' })),
      'changes without words': await status(pulls.createReview({ ...one, event: 'REQUEST_CHANGES' })),
      'no longer asked': (
        await as('reader')
          .rest.pulls.createReview({ ...one, event: 'COMMENT', body: 'Hm' })
          .then(() => pulls.get(one))
      ).data.requested_reviewers?.length,
      dismissed: (await pulls.dismissReview({ ...one, review_id: approval.id, message: 'No' })).data.state,
      'dismissed again': await status(pulls.dismissReview({ ...one, review_id: approval.id, message: 'No' })),
      listed: (await pulls.listReviews(one)).data.map(({ user, state }) => `${user?.login ?? ''} ${state}`),
    };
  },

  protection: async (world) => {
    const { as, place } = world;
    const { repos, pulls } = as('owner').rest;
    const at = { ...place, branch: 'main' };
    const none = await status(repos.getBranchProtection(at));
    await repos.updateBranchProtection({
      ...at,
      required_status_checks: { strict: false, contexts: ['build'] },
      required_pull_request_reviews: { required_approving_review_count: 1 },
      enforce_admins: true,
      restrictions: null,
    });
    const { data } = await repos.getBranchProtection(at);
    const { number, sha } = await request(world, 'topic');
    const merge = (): Promise<number> => status(as('writer').rest.pulls.merge({ ...place, pull_number: number, merge_method: 'merge' }));
    const bare = await merge();
    await pulls.createReview({ ...place, pull_number: number, event: 'APPROVE' });
    const approved = await merge();
    await as('writer').rest.checks.create({ ...place, name: 'build', head_sha: sha, status: 'completed', conclusion: 'success' });
    return {
      'where there is none': none,
      shown: [data.required_status_checks?.contexts, data.required_pull_request_reviews?.required_approving_review_count],
      'for a writer': await status(as('writer').rest.repos.getBranchProtection(at)),
      'a merge without anything': bare,
      'a merge with an approval': approved,
      'a merge with all of it': await merge(),
      deleted: [await status(repos.deleteBranchProtection(at)), await status(repos.getBranchProtection(at))],
    };
  },

  checks: async (world) => {
    const { as, place } = world;
    const head_sha = await branch(world, 'topic');
    const { checks } = as('writer').rest;
    const { data } = await checks.create({ ...place, name: 'build', head_sha, status: 'in_progress' });
    const done = (await checks.update({ ...place, check_run_id: data.id, status: 'completed', conclusion: 'failure' })).data;
    const list = (await checks.listForRef({ ...place, ref: 'topic' })).data;
    return {
      'a new one': [data.name, data.status, data.conclusion, data.head_sha === head_sha],
      completed: [done.status, done.conclusion, done.completed_at !== null],
      listed: [list.total_count, list.check_runs.map(({ name }) => name)],
      'its suite': (await checks.listSuitesForRef({ ...place, ref: 'topic' })).data.check_suites.map(({ status: is, conclusion }) => [
        is,
        conclusion,
      ]),
      'that is not there': await status(checks.get({ ...place, check_run_id: 999_999_999 })),
      'without a conclusion': await status(checks.create({ ...place, name: 'odd', head_sha, status: 'completed' } as never)),
    };
  },

  rights: async ({ as, place }) => {
    const { repos } = as('owner').rest;
    const open = await status(as('stranger').rest.repos.get(place));
    const roles = (await as('owner').rest.repos.getCollaboratorPermissionLevel({ ...place, username: 'writer' })).data.permission;
    await repos.update({ ...place, private: true });
    return {
      'a public repository, for strangers': open,
      'what a writer may': roles,
      'a private one, for strangers': await status(as('stranger').rest.repos.get(place)),
      'a private one, for readers': await status(as('reader').rest.repos.get(place)),
      'a description changed by a writer': await status(as('writer').rest.repos.update({ ...place, description: 'Mine' })),
      'deleted by a writer': await status(as('writer').rest.repos.delete(place)),
      'who one is': (await as('reader').rest.users.getAuthenticated()).data.login,
    };
  },

  paging: async ({ as, place }) => {
    const { issues } = as('writer').rest;
    for (const title of ['one', 'two', 'three']) await issues.create({ ...place, title });
    const page = async (number: number): Promise<unknown> => {
      const { data, headers } = await issues.listForRepo({ ...place, per_page: 2, page: number });
      return [data.map(({ title }) => title), [...(headers.link ?? '').matchAll(/rel="(\w+)"/g)].map(([, rel]) => rel).sort()];
    };
    return {
      'the first': await page(1),
      'the second': await page(2),
      'one beyond the last': await page(9),
      'all of them, by octokit': (await as('writer').paginate(issues.listForRepo, { ...place, per_page: 2 })).length,
    };
  },

  search: async ({ as, place }) => {
    const { issues, search } = as('writer').rest;
    await issues.create({ ...place, title: 'The needle', labels: ['bug'] });
    await issues.create({ ...place, title: 'Hay' });
    const found = async (query: string): Promise<unknown> => {
      const { data } = await search.issuesAndPullRequests({ q: `repo:${place.owner}/${place.repo} ${query}`, advanced_search: 'true' });
      return [data.total_count, data.items.map(({ title }) => title)];
    };
    return {
      'by a word of the title': await found('needle'),
      'by label': await found('label:bug'),
      'by what it is not': await found('-label:bug is:issue'),
      'by state': await found('is:closed'),
    };
  },

  webhooks,

  actions,
};
