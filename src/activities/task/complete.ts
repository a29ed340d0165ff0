// What a request gets beside its words: labels and milestone of its issue, labels and reviewers of the settings (M1). Done again, it changes
// nothing. What the forge does not take is told, and holds up nothing.
import type { EffectOutcome } from '../../contracts/effect.ts';
import type { Completion } from '../../contracts/request-policy.ts';
import type { Convergent } from '../effects/effect.ts';
import type { Forge } from '../forge/provider.ts';

export const completeRequest = (
  forge: Forge,
  place: { readonly owner: string; readonly repo: string },
  request: number,
  { labels, milestone, reviewers }: Completion,
): Pick<Convergent<null>, 'class' | 'act'> => ({
  class: 'convergent',
  async act(call) {
    const provider = forge(call);
    const at = { ...place, number: request };
    const refused: string[] = [];
    const tried = async (what: string, asked: Promise<EffectOutcome<null>>): Promise<void> => {
      const outcome = await asked;
      if (outcome.state === 'refused') refused.push(`${what}: ${outcome.because}`);
    };
    if (labels.length > 0) await tried(`labels ${labels.join(', ')}`, provider.addLabels(at, labels));
    if (milestone !== null) await tried(`milestone ${milestone}`, provider.setMilestone(at, milestone));
    if (reviewers.length > 0) {
      // Nobody is asked to review what is their own.
      const author = (await provider.request(at)).author.toLowerCase();
      const others = reviewers.filter((name) => name.toLowerCase() !== author);
      if (others.length > 0) await tried(`reviewers ${reviewers.join(', ')}`, provider.askReviewers(at, others));
    }
    return refused.length === 0 ? { state: 'done', result: null } : { state: 'refused', because: refused.join('; ') };
  },
});
