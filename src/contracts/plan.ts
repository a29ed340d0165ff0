// The plan of a task: every phase of its pipeline with the reason why it runs or is left out.

export type Pipeline = 'delivery' | 'quick';
export const PIPELINES: readonly Pipeline[] = ['delivery', 'quick'];

export type Phase =
  | 'shaping'
  | 'classify'
  | 'discovery'
  | 'ux-design'
  | 'architecture-design'
  | 'architecture-review'
  | 'code'
  | 'review'
  | 'production-audit'
  | 'request'
  | 'merge'
  | 'notify';

export interface PlannedPhase {
  readonly phase: Phase;
  readonly runs: boolean;
  /** One sentence for people. */
  readonly because: string;
}
