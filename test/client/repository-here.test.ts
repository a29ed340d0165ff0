// Addresses of remotes, as people have them.
import { expect, it } from '@jest/globals';
import { parseRemote } from '../../src/client/repository-here.ts';

it.each([
  ['https://github.com/owner/repo.git', 'github.com'],
  ['https://github.com/owner/repo', 'github.com'],
  ['https://x:secret@github.com/owner/repo.git/', 'github.com'],
  ['http://127.0.0.1:4000/owner/repo.git', '127.0.0.1:4000'],
  ['git@github.com:owner/repo.git', 'github.com'],
  ['ssh://git@forge.example:2222/owner/repo.git', 'forge.example'],
  ['forge.example:owner/repo', 'forge.example'],
])('%s is owner/repo at %s', (address, host) => {
  expect(parseRemote(address)).toEqual({ host, owner: 'owner', repo: 'repo' });
});

it.each(['/srv/git/repo.git', '../repo', 'file:///srv/owner/repo.git', 'https://github.com/repo', ''])('%s names none', (address) => {
  expect(parseRemote(address)).toBeUndefined();
});
