// A repository of GitHub: who may what, its branches, commits and files.
import type { Octokit } from 'octokit';
import type { MergeMethod } from '../../../contracts/merge-policy.ts';
import type { Repositories } from '../provider.ts';
import { placeOf } from './address.ts';
import { statusOf, unlessMissing } from './errors.ts';

const MAY_WRITE: readonly string[] = ['admin', 'maintain', 'write'];

export const repositories = ({ rest }: Octokit): Repositories => ({
  account: () => unlessMissing(async () => (await rest.users.getAuthenticated()).data.login, [403]),

  async access() {
    const { data, headers } = await rest.users.getAuthenticated();
    const left = headers['x-ratelimit-remaining'];
    return { login: data.login, left: left === undefined ? null : Number(left), time: headers.date ?? null };
  },

  async repository(place) {
    const { data } = await rest.repos.get(placeOf(place));
    const allowed: Record<MergeMethod, boolean | undefined> = {
      squash: data.allow_squash_merge,
      merge: data.allow_merge_commit,
      rebase: data.allow_rebase_merge,
    };
    return {
      defaultBranch: data.default_branch,
      cloneUrl: data.clone_url,
      mayPush: data.permissions?.push === true,
      isArchived: data.archived,
      methods: (['squash', 'merge', 'rebase'] as const).filter((method) => allowed[method] !== false),
    };
  },

  async mayWrite(place, username) {
    const shown = await unlessMissing(() => rest.repos.getCollaboratorPermissionLevel({ ...placeOf(place), username }));
    return shown !== null && MAY_WRITE.includes(shown.data.permission);
  },

  branchAt: (place, branch) =>
    unlessMissing(async () => (await rest.git.getRef({ ...placeOf(place), ref: `heads/${branch}` })).data.object.sha, [404]),

  async deleteBranch(place, branch, at) {
    const ref = `heads/${branch}`;
    try {
      const { data } = await rest.git.getRef({ ...placeOf(place), ref });
      if (data.object.sha !== at) return { state: 'refused', because: `${branch} has moved to ${data.object.sha}.` };
      await rest.git.deleteRef({ ...placeOf(place), ref });
    } catch (error) {
      // 422: it was gone when the call came.
      if (![404, 422].includes(statusOf(error) ?? 0)) throw error;
    }
    return { state: 'done', result: null };
  },

  treeOf: (place, commit) => unlessMissing(async () => (await rest.git.getCommit({ ...placeOf(place), commit_sha: commit })).data.tree.sha),

  async contains(place, branch, commit) {
    const { data } = await rest.repos.compareCommitsWithBasehead({ ...placeOf(place), basehead: `${commit}...${branch}`, per_page: 1 });
    return data.status === 'ahead' || data.status === 'identical';
  },

  async commitsSince(place, branch, since, hundreds) {
    const commits = [];
    for (let page = 1; page <= hundreds; page++) {
      const asked = { ...placeOf(place), sha: branch, since: since.toISOString(), per_page: 100, page };
      const { data } = await rest.repos.listCommits(asked);
      commits.push(...data);
      if (data.length < asked.per_page) break;
    }
    return commits.map(({ sha, commit, author }) => ({
      sha,
      message: commit.message,
      by: author?.login ?? commit.author?.name ?? 'somebody',
    }));
  },

  async folder(place, path) {
    const shown = await unlessMissing(() => rest.repos.getContent({ ...placeOf(place), path }), [404]);
    const entries = Array.isArray(shown?.data) ? shown.data : [];
    return entries.map(({ type, path: at }) => ({ type: type === 'dir' ? 'folder' : type === 'file' ? 'file' : 'other', path: at }));
  },

  async file(place, path) {
    const { data } = await rest.repos.getContent({ ...placeOf(place), path });
    return !Array.isArray(data) && data.type === 'file' ? Buffer.from(data.content, 'base64').toString() : null;
  },
});
