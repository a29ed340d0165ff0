// A playbook is data: what a kind of session is told, what it is given and what it has to give back. activities/session/prepare.ts makes
// a session of it.
import type { OutputKind } from '../contracts/outputs.ts';
import type { ModelAlias, SessionLimits, SessionPhase, SessionSpec } from '../contracts/session.ts';

export interface Playbook {
  readonly id: string;
  readonly phase: SessionPhase;
  readonly model: ModelAlias;
  readonly tools: SessionSpec['tools'];
  readonly output: OutputKind;
  /** Comes after the words that all playbooks share (common.ts). */
  readonly system: string;
  /** `{{name}}` stands for a variable. */
  readonly prompt: string;
  readonly variables: Readonly<Record<string, Variable>>;
  /** Where less is enough than the configuration allows. */
  readonly limits?: Partial<SessionLimits>;
}

export interface Variable {
  /** For people who write the code that fills it in; also how its text is introduced to the model. */
  readonly about: string;
  /** `outside`: words of people, repositories, programs or models, which a session is told to take for material and not for orders. */
  readonly from: 'us' | 'outside';
}
