// Asks a forge by GraphQL, as a client that looks at errors itself would.
import type { TestForge } from './harness.ts';

export interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly type?: string; readonly message: string; readonly path?: readonly unknown[] }[];
}

/** The answer as it is, errors included. */
export async function ask(forge: TestForge, login: string, query: string, variables: object = {}): Promise<Answer> {
  const response = await forge.fetch('/graphql', { method: 'POST', login, body: JSON.stringify({ query, variables }) });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

/** What an answer has at a path. */
export function dig({ data }: Answer, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], data);
}
