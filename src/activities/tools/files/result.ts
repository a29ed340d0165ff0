// How a file tool answers. A mistake of the model is an answer that it can correct, and so is what the system refuses for one file; only a
// broken host throws.
import type { ToolOutput } from '../tool.ts';

/** Says no to the model, from any depth of a tool. Never leaves `answering`. */
export class Refusal extends Error {}

export async function answering(tool: () => Promise<string>): Promise<ToolOutput> {
  try {
    return { how: 'ok', text: await tool() };
  } catch (error) {
    if (error instanceof Refusal) return { how: 'mistake', text: error.message };
    throw error;
  }
}

/** For what is done to one file. @param path as the model gave it */
export const answeringFor = (path: string, tool: () => Promise<string>): Promise<ToolOutput> =>
  answering(() =>
    tool().catch((error: unknown) => {
      const { code = '' } = error as NodeJS.ErrnoException;
      const why = REFUSED[code];
      throw why === undefined ? error : new Refusal(`"${path}" can't be used: ${why} (${code})`);
    }),
  );

/** What trying again changes nothing about, and an agent may well mend or go around. */
const REFUSED: Readonly<Record<string, string>> = {
  EACCES: 'its permissions, or those of a directory above it, do not allow that',
  EPERM: 'the system does not permit that',
  EROFS: 'it is on a file system that can only be read',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'it would be larger than a file may be',
  ENAMETOOLONG: 'its name is too long for the file system',
};
