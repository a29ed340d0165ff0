// How the script of a step is run, by the name of its shell: the command lines that GitHub uses on Linux.

const KNOWN: Readonly<Record<string, string>> = {
  bash: 'bash --noprofile --norc -eo pipefail {0}',
  sh: 'sh -e {0}',
  python: 'python {0}',
  pwsh: 'pwsh -command . {0}',
  node: 'node {0}',
};

/** @returns the command line, or a sentence that says what is wrong with the shell */
export function commandLineOf(shell: string | undefined, script: string): readonly [string, ...string[]] | string {
  const template = shell === undefined ? 'bash -e {0}' : (KNOWN[shell] ?? shell);
  if (!template.includes('{0}'))
    return `Invalid shell option "${template}". Shell must be a valid built-in (bash, sh, python, pwsh, node) or a command line with {0}`;
  const [program = '', ...args] = template
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll('{0}', script));
  return [program, ...args];
}
