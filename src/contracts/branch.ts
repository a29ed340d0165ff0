// What the branches of tasks are called: a template with places in braces, the same for every try but for a number behind it.

export const DEFAULT_BRANCH = 'signalbox/{ticket}';

interface Places {
  /** `issue-12`, or `goal-` and the beginning of its digest. */
  readonly ticket: string;
  readonly workspace: string;
}

const PLACE = /\{([^{}]*)\}/g;
const EXAMPLE: Places = { ticket: 'issue-12', workspace: 'default' };

export const branchName = (template: string, places: Places, generation: number): string => {
  const name = template.replaceAll(PLACE, (_, place: string) => harmless(places[place as keyof Places]));
  return generation === 1 ? name : `${name}-${generation}`;
};

/** What a workspace is called is not ours to choose. */
const harmless = (text: string): string => text.replaceAll(/[^A-Za-z0-9_-]+/g, '-');

/** Why no branches can be named by it; undefined where they can. */
export function branchProblem(template: string): string | undefined {
  const unknown = [...template.matchAll(PLACE)].map(([, place = '']) => place).find((place) => !(place in EXAMPLE));
  if (unknown !== undefined) return `there is no place {${unknown}}; there are {ticket} and {workspace}`;
  if (!template.includes('{ticket}')) return 'without {ticket} two tasks would have one branch';
  const name = branchName(template, EXAMPLE, 1);
  return isBranch(name) ? undefined : `git takes no branch ${JSON.stringify(name)}`;
}

/** As `git check-ref-format --branch` has it, and nothing that a shell would notice. */
const isBranch = (name: string): boolean =>
  /^[A-Za-z0-9_][\w./+=-]*$/.test(name) && !/\.\.|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(name) && name.length <= 200 && name !== 'HEAD';
