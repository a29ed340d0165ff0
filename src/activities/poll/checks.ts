// How the checks of several requests stand, in one question each fifty: no listing shows that a check has ended.
import type { Octokit } from 'octokit';

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

type Answer = Record<string, unknown>;

/** A text by number that changes whenever a check of the head does. Numbers that name no request are left out. */
export async function checksOf(
  octokit: Octokit,
  place: Readonly<Record<'owner' | 'repo', string>>,
  numbers: readonly number[],
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (let at = 0; at < numbers.length; at += AT_ONCE) {
    const some = numbers.slice(at, at + AT_ONCE);
    const fields = some.map((number) => `r${number}: pullRequest(number: ${number}) { ...checks }`).join('\n');
    const query = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${fields} } } ${CHECKS}`;
    const { repository } = await octokit.graphql<{ repository: Answer | null }>(query, { ...place });
    for (const number of some) {
      const shown = repository?.[`r${number}`];
      if (shown !== undefined && shown !== null) found[number] = JSON.stringify(shown);
    }
  }
  return found;
}
