// Whether a workflow runs for an event: its `on`, held against what happened.
import type { CiTrigger } from '../state/ci-records.ts';
import { passes } from './filters.ts';
import type { Events } from './workflow.ts';

/** What happened, as filters see it. */
export interface Happening {
  readonly event: CiTrigger['event'];
  readonly action: string | null;
  /** The ref that was pushed; for a pull request or a merge group, the base. */
  readonly ref: string;
  /** Files that changed; asked only if a filter wants to know. */
  readonly changedFiles: () => Promise<readonly string[]>;
}

const USUAL_TYPES: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
  merge_group: ['checks_requested'],
};

interface Filters {
  readonly types?: readonly string[] | undefined;
  readonly branches?: readonly string[] | undefined;
  readonly 'branches-ignore'?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly 'tags-ignore'?: readonly string[] | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly 'paths-ignore'?: readonly string[] | undefined;
}

export async function reacts(on: Events, happening: Happening): Promise<boolean> {
  if (on[happening.event] === undefined) return false;
  if (happening.event === 'workflow_dispatch') return true;
  const filters = on[happening.event] as Filters;
  const types = filters.types ?? USUAL_TYPES[happening.event];
  if (types !== undefined && happening.action !== null && !types.includes(happening.action)) return false;
  if (!passesRef(filters, happening.ref)) return false;
  const { paths, 'paths-ignore': ignored } = filters;
  // Pushes of tags have no paths, as on GitHub.
  if ((paths === undefined && ignored === undefined) || happening.ref.startsWith('refs/tags/')) return true;
  const files = await happening.changedFiles();
  if (paths !== undefined && !files.some((file) => passes(paths, file))) return false;
  return ignored === undefined || files.some((file) => !passes(ignored, file));
}

function passesRef(filters: Filters, ref: string): boolean {
  const isTag = ref.startsWith('refs/tags/');
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  const [wanted, ignored, others] = isTag
    ? [filters.tags, filters['tags-ignore'], [filters.branches, filters['branches-ignore']]]
    : [filters.branches, filters['branches-ignore'], [filters.tags, filters['tags-ignore']]];
  if (wanted !== undefined) return passes(wanted, name);
  if (ignored !== undefined) return !passes(ignored, name);
  // Filters for branches only leave tags out, and the other way round.
  return others.every((filter) => filter === undefined);
}
