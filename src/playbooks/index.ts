// All playbooks.
import { answerComments } from './answer-comments.ts';
import { classify } from './classify.ts';
import { code } from './code.ts';
import { fixChecks } from './fix-checks.ts';
import { fix } from './fix.ts';
import type { Playbook } from './playbook.ts';
import { resolveConflicts } from './resolve-conflicts.ts';
import { reviewCorrectness } from './review-correctness.ts';
import { reviewProductionRisk } from './review-production-risk.ts';

export const PLAYBOOKS = {
  classify,
  code,
  'review-correctness': reviewCorrectness,
  'review-production-risk': reviewProductionRisk,
  fix,
  'fix-checks': fixChecks,
  'answer-comments': answerComments,
  'resolve-conflicts': resolveConflicts,
} as const satisfies Record<string, Playbook>;

export type PlaybookId = keyof typeof PLAYBOOKS;
