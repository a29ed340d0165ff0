// Writes docs/policies.md from the rules. `node scripts/write-policies.ts`; a test holds the page against the rules.
import { writeFileSync } from 'node:fs';
import { policiesPage } from './policies-page.ts';

writeFileSync(new URL('../docs/policies.md', import.meta.url), policiesPage());
