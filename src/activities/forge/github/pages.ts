// Addresses of GitHub's pages.
import { webAddress } from '../../../contracts/work.ts';
import type { Pages } from '../pages.ts';
import type { Place } from '../provider.ts';

export function githubPages(apiUrl: string): Pages {
  const repository = ({ owner, repo }: Place): string => `${webAddress(apiUrl)}/${owner}/${repo}`;
  const request: Pages['request'] = (at) => `${repository(at)}/pull/${at.number}`;
  return {
    request,
    issue: (at) => `${repository(at)}/issues/${at.number}`,
    comment: (at, id) => `${request(at)}#issuecomment-${id}`,
    requests: (place) => `${repository(place)}/pulls`,
  };
}
