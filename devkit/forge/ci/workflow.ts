// The subset of GitHub's workflow language that the forge runs, as a schema: what is not in it is refused by name, never passed over.
// README.md says it in words.
import { z } from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const scalars = z.record(z.string(), scalar);
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const flag = z.union([z.boolean(), z.string()]);
const minutes = z.union([z.number().positive(), z.string()]);
const list = z.union([z.string().transform((only) => [only]), z.array(text)]);

const patterns = z.union([z.string().transform((only) => [only]), z.array(text).min(1)]);
const branchFilters = { branches: patterns.optional(), 'branches-ignore': patterns.optional() };
const pathFilters = { paths: patterns.optional(), 'paths-ignore': patterns.optional() };
const types = { types: list.optional() };

const input = z.strictObject({
  description: z.string().optional(),
  required: z.boolean().optional(),
  default: scalar.optional(),
  type: z.enum(['string', 'boolean', 'number', 'choice', 'environment']).optional(),
  options: z.array(text).optional(),
});

/** An event may stand without anything behind it: no filters. */
const event = <Filters extends z.ZodType>(filters: Filters) => z.preprocess((value) => (value === null ? {} : value), filters).optional();
const events = z.strictObject({
  push: event(z.strictObject({ ...branchFilters, tags: patterns.optional(), 'tags-ignore': patterns.optional(), ...pathFilters })),
  pull_request: event(z.strictObject({ ...types, ...branchFilters, ...pathFilters })),
  merge_group: event(z.strictObject({ ...types, ...branchFilters })),
  workflow_dispatch: event(z.strictObject({ inputs: z.record(z.string(), input).nullish() })),
});

const runDefaults = z.strictObject({
  run: z.strictObject({ shell: z.string().optional(), 'working-directory': z.string().optional() }).optional(),
});
const level = z.enum(['read', 'write', 'none']);
const permissions = z.union([z.enum(['read-all', 'write-all']), z.record(z.string(), level), z.null()]);
const concurrency = z.union([
  z.string().transform((group) => ({ group, 'cancel-in-progress': false as boolean | string })),
  z.strictObject({ group: z.string(), 'cancel-in-progress': flag.default(false) }),
]);

const step = z
  .strictObject({
    id: z.string().optional(),
    name: text.optional(),
    if: text.optional(),
    run: z.string().optional(),
    uses: z.string().optional(),
    with: scalars.optional(),
    env: scalars.optional(),
    'working-directory': z.string().optional(),
    shell: z.string().optional(),
    'continue-on-error': flag.optional(),
    'timeout-minutes': minutes.optional(),
  })
  .refine((value) => (value.run === undefined) !== (value.uses === undefined), 'a step has either run or uses');

/** Values of one dimension: a list, or an expression that gives one. */
const dimension = z.union([z.array(z.unknown()).min(1), z.string()]);
const combinations = z.union([z.array(z.record(z.string(), z.unknown())), z.string()]);
const matrix = z.union([z.string(), z.object({ include: combinations.optional(), exclude: combinations.optional() }).catchall(dimension)]);

const job = z.strictObject({
  name: text.optional(),
  needs: list.optional(),
  if: text.optional(),
  'runs-on': z.union([z.string(), z.array(z.string()), z.strictObject({ group: z.string().optional(), labels: list.optional() })]),
  env: scalars.optional(),
  defaults: runDefaults.optional(),
  outputs: z.record(z.string(), text).optional(),
  permissions: permissions.optional(),
  'timeout-minutes': minutes.optional(),
  'continue-on-error': flag.optional(),
  strategy: z
    .strictObject({ matrix: matrix.optional(), 'fail-fast': flag.optional(), 'max-parallel': z.number().int().positive().optional() })
    .optional(),
  steps: z.array(step).min(1),
});

export const workflowSchema = z.strictObject({
  name: text.optional(),
  'run-name': text.optional(),
  on: events,
  env: scalars.optional(),
  defaults: runDefaults.optional(),
  permissions: permissions.optional(),
  concurrency: concurrency.optional(),
  jobs: z
    .record(z.string().regex(/^[A-Za-z_][\w-]*$/, 'the id of a job has letters, digits, - and _ only'), job)
    .refine((jobs) => Object.keys(jobs).length > 0, 'there is no job'),
});

export type Workflow = z.infer<typeof workflowSchema>;
export type Job = z.infer<typeof job>;
export type Step = z.infer<typeof step>;
export type Scalars = z.infer<typeof scalars>;
export type Events = z.infer<typeof events>;
export type Matrix = z.infer<typeof matrix>;
export type DispatchInput = z.infer<typeof input>;
