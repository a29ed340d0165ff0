// Work that no caller waits for: trials, jobs, triggers, merges, deliveries. What it is about came from whoever may write to a repository, and
// is still there after a restart: a bug that one item brings out must end that item, in sight of people, and never the forge.

/**
 * Runs `work`; if it throws, says so on stderr and gives the item up, by the first of `waysOut` that succeeds.
 * @param what names the item, for whoever reads the message
 * @throws what the last way out threw: not even the end can be recorded, so that going on would only try the same again and again
 */
export async function inBackground(
  what: string,
  work: () => unknown,
  ...waysOut: readonly ((because: string) => unknown)[]
): Promise<void> {
  let failing = await failureOf(work);
  if (failing === undefined) return;
  tell(what, failing.error);
  const because = `The forge has a bug, and printed where: ${messageOf(failing.error)}`;
  for (const wayOut of waysOut) {
    failing = await failureOf(() => wayOut(because));
    if (failing === undefined) return;
    tell(`giving up ${what}`, failing.error);
  }
  if (waysOut.length > 0) throw failing.error;
}

async function failureOf(work: () => unknown): Promise<{ readonly error: unknown } | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** Tells whoever watches the forge of a bug of it. */
export function tell(what: string, error: unknown): void {
  process.stderr.write(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
