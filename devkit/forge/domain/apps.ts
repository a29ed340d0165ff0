// The apps that checks belong to. GitHub lets only apps write checks; on the forge whoever may push acts as the second one.

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
}

/** The forge's own CI, under the id that it has on github.com. */
export const ACTIONS_APP: App = {
  id: 15368,
  slug: 'github-actions',
  name: 'GitHub Actions',
  description: 'Automate your workflow from idea to production',
};

/** Whoever writes checks with a token of their own. */
export const TOKEN_APP: App = { id: 1, slug: 'forge-checks', name: 'Forge checks', description: 'Checks written with a token of a person' };

export function appOf(slug: string): App {
  return slug === ACTIONS_APP.slug ? ACTIONS_APP : TOKEN_APP;
}
