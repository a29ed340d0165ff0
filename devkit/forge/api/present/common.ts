// Small things that every view is made of.
import { INDEXES, type CollectionName } from '../../state/collections.ts';

/** GitHub's times have no fractions of a second. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

export const timestampOrNull = (ms: number | null): string | null => (ms === null ? null : timestamp(ms));

const PREFIXES: Partial<Record<CollectionName, string>> = {
  user: 'U',
  repository: 'R',
  issue: 'I',
  pullRequest: 'PR',
  comment: 'IC',
  review: 'PRR',
  reviewThread: 'PRRT',
  reviewComment: 'PRRC',
  label: 'LA',
  milestone: 'MI',
  checkSuite: 'CS',
  checkRun: 'CR',
  commitStatus: 'SC',
  mergeQueueEntry: 'MQE',
  workflow: 'W',
  workflowRun: 'WFR',
  workflowJob: 'WFJ',
};

/** The global id by which GraphQL finds a thing that REST has shown. */
export const nodeId = (collection: CollectionName, id: number): string =>
  `${PREFIXES[collection] ?? 'N'}_${Buffer.from(`${collection}:${id}`).toString('base64url')}`;

/** What a global id names, or undefined. */
export function fromNodeId(node: string): { collection: CollectionName; id: number } | undefined {
  const [collection, id] = Buffer.from(node.slice(node.indexOf('_') + 1), 'base64url')
    .toString('utf8')
    .split(':');
  const isOurs = collection !== undefined && Object.hasOwn(INDEXES, collection) && /^\d+$/.test(id ?? '');
  return isOurs ? { collection: collection as CollectionName, id: Number(id) } : undefined;
}
