// GitHub, as Signalbox needs a forge: REST, and GraphQL where REST has no word for it.
import type { Octokit } from 'octokit';
import type { ForgeProvider } from '../provider.ts';
import { changes } from './changes.ts';
import { checks } from './checks.ts';
import { comments } from './comments.ts';
import { issues } from './issues.ts';
import { mergeQueue } from './queue.ts';
import { repositories } from './repositories.ts';
import { requests } from './requests.ts';

export const github = (octokit: Octokit): ForgeProvider => ({
  ...repositories(octokit),
  ...issues(octokit),
  ...requests(octokit),
  ...comments(octokit),
  ...checks(octokit),
  ...mergeQueue(octokit),
  ...changes(octokit),
});
