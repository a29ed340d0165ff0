// What a request gets beside its words: labels and milestone of its issue, labels and reviewers of the settings (M1). Done again, it changes
// nothing. What the forge does not take is told, and holds up nothing.
import type { Completion } from '../../contracts/request-policy.ts';
import type { Convergent } from '../effects/effect.ts';
import { statusOf, type Forge } from '../forge/client.ts';

export const completeRequest = (
  forge: Forge,
  place: { readonly owner: string; readonly repo: string },
  request: number,
  { labels, milestone, reviewers }: Completion,
): Pick<Convergent<null>, 'class' | 'act'> => ({
  class: 'convergent',
  async act(call) {
    const { rest } = forge(call);
    const issue = { ...place, issue_number: request };
    const refused: string[] = [];
    const tried = async (what: string, call_: () => Promise<unknown>): Promise<void> => {
      try {
        await call_();
      } catch (error) {
        if (statusOf(error) !== 422) throw error;
        refused.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    };
    if (labels.length > 0) await tried(`labels ${labels.join(', ')}`, () => rest.issues.addLabels({ ...issue, labels: [...labels] }));
    if (milestone !== null) await tried(`milestone ${milestone}`, () => rest.issues.update({ ...issue, milestone }));
    if (reviewers.length > 0) {
      // Nobody is asked to review what is their own.
      const author = (await rest.pulls.get({ ...place, pull_number: request })).data.user.login;
      const users = reviewers.filter((name) => !name.includes('/') && name.toLowerCase() !== author.toLowerCase());
      const teams = reviewers.flatMap((name) => name.split('/')[1] ?? []);
      const asked = { ...place, pull_number: request, reviewers: users, team_reviewers: teams };
      if (users.length + teams.length > 0) await tried(`reviewers ${reviewers.join(', ')}`, () => rest.pulls.requestReviewers(asked));
    }
    return refused.length === 0 ? { state: 'done', result: null } : { state: 'refused', because: refused.join('; ') };
  },
});
