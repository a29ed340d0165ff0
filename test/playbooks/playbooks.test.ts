// Every playbook: what it says it is given is what it uses, and no placeholder is left.
import { describe, expect, it } from '@jest/globals';
import { fill, wrongVariables } from '../../src/activities/session/prepare.ts';
import { OUTPUT_TOOLS } from '../../src/contracts/outputs.ts';
import { PLAYBOOKS } from '../../src/playbooks/index.ts';
import type { Playbook } from '../../src/playbooks/playbook.ts';

describe.each(Object.entries<Playbook>(PLAYBOOKS))('the playbook %s', (id, playbook) => {
  const names = Object.keys(playbook.variables);

  it('has the name that it is found by, and tells of the tool that ends it', () => {
    expect(playbook.id).toBe(id);
    expect(playbook.system).toContain(OUTPUT_TOOLS[playbook.output]);
  });

  it('uses exactly the variables that it declares', () => {
    const used = [...playbook.prompt.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);
    expect(used.sort()).toEqual([...names].sort());
    expect(fill(playbook, Object.fromEntries(names.map((name) => [name, `<${name}>`])))).not.toContain('{{');
  });

  it('refuses what is missing and what it does not know, by name', () => {
    const [first, ...others] = names.map((name): [string, string] => [name, '']);
    expect(wrongVariables(playbook, Object.fromEntries([...others, ['colour', 'red']]))).toBe(
      `it needs ${first?.[0] ?? ''}, and it has no colour (its variables are ${names.join(', ')})`,
    );
    expect(wrongVariables(playbook, Object.fromEntries(names.map((name) => [name, ''])))).toBeUndefined();
  });
});
