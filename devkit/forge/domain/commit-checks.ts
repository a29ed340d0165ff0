// What checks and statuses say of a commit, by the name under which protection asks for them: the newest of each name counts.
import type { Reader } from '../state/state.ts';

export type CheckVerdict = 'success' | 'pending' | 'failure';

export function checksOf(state: Reader, repositoryId: number, sha: string): Map<string, CheckVerdict> {
  const commit = `${repositoryId}/${sha}`;
  const verdicts = new Map<string, CheckVerdict>();
  for (const status of state.select('commitStatus', 'commit', commit))
    verdicts.set(status.context, status.state === 'error' ? 'failure' : status.state);
  for (const run of state.select('checkRun', 'commit', commit))
    verdicts.set(
      run.name,
      run.status !== 'completed' ? 'pending' : ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '') ? 'success' : 'failure',
    );
  return verdicts;
}
