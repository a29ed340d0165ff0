// What a poll asks of GitHub: one listing of issues and requests together, under an address that stays the same while nothing changes, and the
// checks of several requests in one question each fifty, because no listing shows that a check has ended.
import type { Octokit } from 'octokit';
import type { Changes, Listing, Place } from '../provider.ts';
import { placeOf } from './address.ts';
import { withoutMissing } from './errors.ts';
import { labelNames } from './issues.ts';

const AT_ONCE = 50;

const CHECKS = /* GraphQL */ `
  fragment checks on PullRequest {
    headRefOid
    commits(last: 1) {
      nodes {
        commit {
          statusCheckRollup {
            state
            contexts(first: 100) {
              totalCount
              nodes {
                __typename
                ... on CheckRun {
                  status
                  conclusion
                }
                ... on StatusContext {
                  state
                }
              }
            }
          }
        }
      }
    }
  }
`;

export const changes = (octokit: Octokit): Changes => ({
  changedSince: (place, since) => list(octokit, place, { state: 'all', sort: 'updated', direction: 'asc', since }),
  openWith: (place, label) => list(octokit, place, { state: 'open', labels: label }),

  async checksShown({ owner, repo }, numbers) {
    const found: Record<string, string> = {};
    for (let at = 0; at < numbers.length; at += AT_ONCE) {
      const some = numbers.slice(at, at + AT_ONCE);
      const fields = some.map((number) => `r${number}: pullRequest(number: ${number}) { ...checks }`).join('\n');
      const query = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${fields} } } ${CHECKS}`;
      const { repository } = await octokit.graphql<Shown>(query, { owner, repo }).catch(withoutMissing<Shown>);
      for (const number of some) {
        const shown = repository?.[`r${number}`];
        if (shown !== undefined && shown !== null) found[number] = JSON.stringify(shown);
      }
    }
    return found;
  },
});

interface Shown {
  readonly repository: Readonly<Record<string, unknown>> | null;
}

type Which = Omit<NonNullable<Parameters<Octokit['rest']['issues']['listForRepo']>[0]>, keyof Place>;

async function list({ rest, paginate }: Octokit, place: Place, which: Which): Promise<Listing> {
  let now = 0;
  const listed = await paginate(rest.issues.listForRepo, { ...placeOf(place), ...which, per_page: 100 }, ({ data, headers }) => {
    now = headers.date === undefined ? Date.now() : Date.parse(headers.date);
    return data;
  });
  return {
    now,
    listed: listed.map(({ number, pull_request: request, state, labels, updated_at: changedAt }) => ({
      number,
      isRequest: request !== undefined,
      labels: labelNames(labels),
      changedAt,
      state: state === 'open' ? 'open' : 'closed',
    })),
  };
}
