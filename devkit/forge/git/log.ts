// Commits as `git log -z` prints them: a fixed number of fields, each ended by NUL. Only NUL can end a field: messages, names and paths may
// have every other byte.

/** What git log takes as a format of these fields, each as git names it (`%H`). To be used with -z, which ends the last one. */
export const logFormat = (fields: readonly string[]): string => `--format=${fields.join('%x00')}`;

/** The fields of each commit that was printed so. @param count how many a commit has */
export function logRecords(output: string, count: number): string[][] {
  const fields = output.split('\0').slice(0, -1);
  return Array.from({ length: fields.length / count }, (_, index) => fields.slice(index * count, (index + 1) * count));
}
