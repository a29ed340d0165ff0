// What the scenarios of a second opinion have in common: whom they ask, and how they put what they saw.
import type { Octokit } from 'octokit';
import { refusal } from '../harness.ts';

export interface World {
  readonly as: (login: 'owner' | 'writer' | 'reader' | 'stranger') => Octokit;
  readonly place: { readonly owner: string; readonly repo: string };
  /** Waits for what a write brings about in its own time. Does not wait where it never comes. */
  readonly comes: (what: string, isThere: () => Promise<boolean>) => Promise<void>;
}

export type Facts = Readonly<Record<string, unknown>>;

/** The status of a call, whichever way it ended. */
export async function status(call: Promise<{ readonly status: number }>): Promise<number> {
  return call.then(
    (answer) => answer.status,
    async () => (await refusal(call)).status,
  );
}

/** What a call gives, or how it is refused. */
export async function seen(call: Promise<unknown>): Promise<unknown> {
  return call.catch(async () => `refused: ${(await refusal(call)).status}`);
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A branch of main with one new file; returns its commit. */
export async function branch({ as, place }: World, name: string): Promise<string> {
  const { git, repos } = as('writer').rest;
  const { data: main } = await git.getRef({ ...place, ref: 'heads/main' });
  await git.createRef({ ...place, ref: `refs/heads/${name}`, sha: main.object.sha });
  const file = { path: `${name}.txt`, message: `Add ${name}`, content: base64(name), branch: name };
  return (await repos.createOrUpdateFileContents({ ...place, ...file })).data.commit.sha ?? '';
}

export async function request(world: World, name: string): Promise<{ number: number; sha: string }> {
  const sha = await branch(world, name);
  const { data } = await world.as('writer').rest.pulls.create({ ...world.place, head: name, base: 'main', title: `Request ${name}` });
  return { number: data.number, sha };
}
