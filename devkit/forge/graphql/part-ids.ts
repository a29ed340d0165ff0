// Global ids of what has no record of its own: it is found by the record that has it, and by a name within that.

const PREFIXES = {
  commit: 'C',
  ref: 'REF',
  status: 'ST',
  rollup: 'SCR',
  mergeQueue: 'MQ',
  pullRequestCommit: 'PURC',
  reviewRequest: 'RR',
} as const;

export type PartKind = keyof typeof PREFIXES;

export interface Part {
  readonly kind: PartKind;
  /** Id of the repository, or of the pull request for the last two. */
  readonly of: number;
  /** A commit, a full ref, a branch, the id of a user. */
  readonly name: string;
}

export const partId = (kind: PartKind, of: number, name: string | number): string =>
  `${PREFIXES[kind]}_${Buffer.from(`${of}:${name}`).toString('base64url')}`;

/** What such an id names, or undefined for any other. Whether it is there is another question. */
export function fromPartId(node: string): Part | undefined {
  const [prefix, encoded = ''] = node.split('_', 2);
  const kind = (Object.keys(PREFIXES) as PartKind[]).find((candidate) => PREFIXES[candidate] === prefix);
  const [, of, name] = /^(\d+):(.+)$/.exec(Buffer.from(encoded, 'base64url').toString('utf8')) ?? [];
  return kind === undefined || of === undefined || name === undefined ? undefined : { kind, of: Number(of), name };
}
