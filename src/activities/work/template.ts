// The repository's own template for descriptions of requests, from where GitHub looks for it.
import type { Forge } from '../forge/client.ts';
import { statusOf } from '../forge/client.ts';

const PLACES = [
  '.github/PULL_REQUEST_TEMPLATE.md',
  '.github/pull_request_template.md',
  'PULL_REQUEST_TEMPLATE.md',
  'docs/PULL_REQUEST_TEMPLATE.md',
];

/** From the default branch; null where the repository has none. */
export async function requestTemplate(
  forge: Forge,
  { owner, repo }: { readonly owner: string; readonly repo: string },
): Promise<string | null> {
  for (const path of PLACES) {
    try {
      const { data } = await forge().rest.repos.getContent({ owner, repo, path });
      if (!Array.isArray(data) && data.type === 'file') return Buffer.from(data.content, 'base64').toString();
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
  return null;
}
