// Which template of a repository is filled in.
import { describe, expect, it } from '@jest/globals';
import { chooseTemplate, isFolderOfVariants, isTemplate } from '../../src/policies/request-template.ts';

const FIX = '.github/PULL_REQUEST_TEMPLATE/bug_fix.md';
const FEATURE = '.github/PULL_REQUEST_TEMPLATE/Feature.md';
const FOR_ALL = '.github/pull_request_template.md';
const choose = (paths: string[], title = 'Round up', ...labels: string[]) => chooseTemplate(paths, { title, labels });

describe('the template of a request', () => {
  it.each([
    [FOR_ALL, true],
    ['PULL_REQUEST_TEMPLATE.md', true],
    ['docs/Pull_Request_Template.txt', true],
    [FIX, true],
    ['pull_request_template/docs.md', true],
    ['.gitlab/merge_request_templates/Default.md', true],
    ['src/PULL_REQUEST_TEMPLATE.md', false],
    ['.github/PULL_REQUEST_TEMPLATE/deeper/a.md', false],
    ['.github/ISSUE_TEMPLATE/bug.md', false],
  ])('is looked for where forges do: %s', (path, is) => expect(isTemplate(path)).toBe(is));

  it('has variants in folders of their own', () => {
    for (const path of [
      'PULL_REQUEST_TEMPLATE',
      '.github/pull_request_template',
      'docs/PULL_REQUEST_TEMPLATE',
      '.gitlab/merge_request_templates',
    ])
      expect(isFolderOfVariants(path)).toBe(true);
    expect(isFolderOfVariants('.github/ISSUE_TEMPLATE')).toBe(false);
  });

  it('is the variant for what the title or else a label says, else the one for all', () => {
    const all = [FIX, FEATURE, FOR_ALL];
    expect(choose(all, 'fix(till): round up')).toBe(FIX);
    expect(choose(all, 'feat!: discounts', 'bug')).toBe(FEATURE);
    expect(choose(all, 'Round up', 'good first issue', 'type: Bug')).toBe(FIX);
    expect(choose(all, 'Round up', 'docs')).toBe(FOR_ALL);
    expect(choose(all)).toBe(FOR_ALL);
  });

  it('is that of the first place; without one for all the default or the only one; else none, because we would guess', () => {
    expect(choose(['docs/pull_request_template.md', 'PULL_REQUEST_TEMPLATE.md', '.github/PULL_REQUEST_TEMPLATE.md'])).toBe(
      '.github/PULL_REQUEST_TEMPLATE.md',
    );
    expect(choose(['.gitlab/merge_request_templates/Bug.md', '.gitlab/merge_request_templates/Default.md'])).toBe(
      '.gitlab/merge_request_templates/Default.md',
    );
    expect(choose([FIX])).toBe(FIX);
    expect(choose([FIX, FEATURE])).toBeNull();
    expect(choose([])).toBeNull();
  });
});
