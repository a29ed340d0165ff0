// What a workflow can be found by in Temporal's UI and lists. SQL visibility has few columns of each type (10 Keyword, 3 Text, 3 Int,
// 3 Bool, 3 Datetime, 3 Double, 3 KeywordList), so this list is a budget: add one only when people filter by it.
import { defineSearchAttributeKey } from '@temporalio/common';

export const searchAttributes = {
  /** Workspace (repository and its configuration) that the work belongs to. */
  workspace: defineSearchAttributeKey('SignalboxWorkspace', 'KEYWORD'),
  /** What the work is waiting for or doing, in one word. */
  phase: defineSearchAttributeKey('SignalboxPhase', 'KEYWORD'),
  /** Risk of the change, as classified. */
  risk: defineSearchAttributeKey('SignalboxRisk', 'KEYWORD'),
} as const;
