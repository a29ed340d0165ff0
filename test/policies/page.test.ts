// docs/policies.md says what the rules say.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { policiesPage } from '../../scripts/policies-page.ts';

describe('docs/policies.md', () => {
  it('is what the rules give', () => {
    expect(readFileSync(new URL('../../docs/policies.md', import.meta.url), 'utf8')).toBe(policiesPage());
  });
});
