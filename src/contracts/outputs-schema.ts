// The schemas of what sessions give back, apart from the types (outputs.ts): workflows import no zod. The words in them are for models.
import { z } from 'zod';
import type { Classification, Findings, HandOver, OutputKind } from './outputs.ts';

const line = z.string().min(1).max(500);
const text = z.string().max(20_000);
const path = z.string().min(1).max(4096).describe('relative to the worktree');

const classification: z.ZodType<Classification> = z.strictObject({
  taskComplexity: z.enum(['Small', 'Medium', 'Large']),
  riskLevel: z.enum(['Low', 'Medium', 'High', 'Critical']),
  touchesUI: z.boolean(),
  touchesArchitecture: z.boolean(),
  touchesSecurity: z.boolean(),
  taskMaturity: z.enum(['idea', 'rough', 'specced', 'ready', 'code-complete']),
  reasons: z
    .strictObject({
      taskComplexity: line,
      riskLevel: line,
      touchesUI: line,
      touchesArchitecture: line,
      touchesSecurity: line,
      taskMaturity: line,
    })
    .describe('one line for each'),
});

const handOver: z.ZodType<HandOver> = z.strictObject({
  commit: z.strictObject({
    type: z
      .string()
      .regex(/^[a-z]{2,20}$/, 'one word in lower case')
      .describe('feat, fix, docs, test, refactor, perf, build, ci or chore'),
    title: z
      .string()
      .min(1)
      .max(72)
      .regex(/^[^\n]*$/, 'one line')
      .describe('what changes, in one line, without the type'),
    body: text.describe('why, and what a reader of the history has to know; may be empty'),
  }),
  request: z.strictObject({
    title: z
      .string()
      .max(200)
      .regex(/^[^\n]*$/, 'one line'),
    description: text.describe("for the people who review it: the repository's template, filled in, where there is one"),
  }),
  files: z.array(path).max(2000).describe('each file that was changed, added or removed'),
  outsideTheGoal: z
    .array(z.strictObject({ file: path, why: line }))
    .max(200)
    .describe('changes that the goal did not ask for; [] where there are none'),
  replies: z
    .array(z.strictObject({ to: z.string().min(1).max(200), text: z.string().min(1).max(5000) }))
    .max(200)
    .describe('answers to comments, by the id that each was given with; [] where none was asked for'),
});

const findings: z.ZodType<Findings> = z.strictObject({
  findings: z
    .array(
      z.strictObject({
        severity: z.enum(['critical', 'major', 'minor', 'nit']),
        category: z.enum(['correctness', 'security', 'architecture', 'design', 'performance', 'tests', 'style']),
        file: path,
        line: z.int().min(1).nullable().describe('in the file as it is now; null where it is about no one line'),
        title: z.string().min(1).max(200),
        detail: z.string().min(1).max(5000).describe('what goes wrong, when, and how you know'),
        suggestion: z.string().max(5000).nullable(),
      }),
    )
    .max(100)
    .describe('new ones; [] where there are none'),
  verified: z
    .array(z.strictObject({ fingerprint: z.string().min(1).max(200), state: z.enum(['fixed', 'open', 'false positive']), reason: line }))
    .max(200)
    .describe('one for each finding that you were asked to verify; [] where there were none'),
});

export const OUTPUT_SCHEMAS = { classification, handOver, findings } satisfies Record<OutputKind, z.ZodType>;
