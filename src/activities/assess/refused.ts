// Decides for a coordinator whose rules all look at what the forge shows, while the forge refuses: a person is asked, once for each time.
import type { Decision } from '../../contracts/decision.ts';
import { accessItem, type StandingRefusal } from '../../contracts/refusal.ts';
import { questionAbout, refusedPolicy, type RefusedFacts } from '../../policies/refusal.ts';
import type { Store } from '../../store/store.ts';
import { assess, type Assessment } from './assess.ts';

type Refused = Pick<Assessment<RefusedFacts, never>, 'workflow' | 'decision' | 'attempt' | 'understands'> & {
  /** What it works on, for people. */
  readonly name: string;
  readonly refusal: StandingRefusal;
};

type Wait = ReturnType<typeof refusedPolicy.decide>['action'];

export async function assessRefused(store: Store, { name, refusal, ...of }: Refused): Promise<Decision<Wait>> {
  const { workflow } = of;
  const wait = (): Wait => refusedPolicy.decide({ name, refusal }).action;
  const decided = await assess(store, { ...of, policy: refusedPolicy, facts: { name, refusal }, applied: null, wait });
  const question = `${questionAbout(name, refusal)} (signalbox kill ${workflow} gives it up.)`;
  await store.outbox.ask({ id: accessItem(workflow, refusal.number), askedBy: workflow, question, accepts: ['confirm'] });
  return decided;
}
