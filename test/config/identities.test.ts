import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';
import { redactorFor } from '../../src/config/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-identities-'));
const file = join(folder, 'identities.yaml');
const triggers = join(folder, 'triggers.yaml');
afterAll(() => rmSync(folder, { recursive: true }));
const BOT_TOKEN = 'a token of the bot';
const read = (text: string, env: Record<string, string> = { BOT_TOKEN }) => {
  writeFileSync(file, text);
  return readConfig({ SIGNALBOX_IDENTITIES: file, ...env });
};
const bot = (more = '') => `identities:\n  - { name: bot, token: $BOT_TOKEN${more} }\n`;

describe('the file of identities', () => {
  it('names accounts, with the token from the environment, and what they are for', () => {
    expect(read(bot(', author: Robot <robot@example.org>, signingKey: keys/bot')).identities).toEqual([
      {
        name: 'bot',
        variable: 'BOT_TOKEN',
        token: BOT_TOKEN,
        author: { name: 'Robot', email: 'robot@example.org' },
        signingKey: join(folder, 'keys/bot'),
        actAsUser: false,
        does: ['commits', 'requests', 'comments', 'merges'],
      },
    ]);
    expect(read(bot(', for: [merges, comments]')).identities).toMatchObject([{ does: ['comments', 'merges'] }]);
    expect(read(bot(', actAsUser: true')).identities).toMatchObject([{ actAsUser: true, does: ['commits', 'requests'] }]);
    expect(read('').identities).toEqual([]);
  });

  it.each([
    ['an unknown key', bot(', actAsuser: true'), 'actAsuser'],
    ['a token itself', 'identities: [{ name: bot, token: ghp_1234567890 }]', 'never the token itself'],
    ['a setting for a token', 'identities: [{ name: bot, token: $SIGNALBOX_BOT }]', 'nor a setting'],
    ['a purpose that there is not', bot(', for: [reviews]'), 'for'],
    ['a person who speaks', bot(', actAsUser: true, for: [commits, comments]'), 'nobody speaks or merges for somebody'],
    ['a person who merges', bot(', actAsUser: true, for: [merges]'), 'nobody speaks or merges for somebody'],
    ['an author without an address', bot(', author: Robot'), '"Name <address>"'],
    ['a name with capitals', 'identities: [{ name: Bot, token: $BOT_TOKEN }]', 'lower-case letters'],
    ['the name of the installation', 'identities: [{ name: installation, token: $BOT_TOKEN }]', 'GITHUB_TOKEN'],
    ['two of one name', `${bot()}  - { name: bot, token: $OTHER }`, 'same name'],
    ['no YAML', 'identities: [', 'no YAML'],
  ])('refuses %s, by name', (_what, text, named) => {
    expect(() => read(text)).toThrow(named);
    expect(() => read(text)).toThrow(file);
  });

  it('takes a variable that is not set for an identity that has no token yet, and refuses one that could not be redacted', () => {
    expect(read(bot(), {}).identities).toMatchObject([{ name: 'bot', variable: 'BOT_TOKEN', token: undefined }]);
    expect(() => read(bot(), { BOT_TOKEN: 'short' })).toThrow('$BOT_TOKEN of the identity bot is shorter');
    expect(() => readConfig({ SIGNALBOX_IDENTITIES: join(folder, 'nothing') })).toThrow('nothing');
  });

  it('says as whom everything is begun, and a webhook of its own; others than there are refused, naming those', () => {
    expect(read(bot()).identity).toBeNull();
    expect(read(bot(), { BOT_TOKEN, SIGNALBOX_IDENTITY: 'bot' }).identity).toBe('bot:commits,requests,comments,merges');
    expect(() => read(bot(), { SIGNALBOX_IDENTITY: 'ann' })).toThrow('There is no identity "ann"; there are bot, installation');
    const hook = (name: string) => {
      writeFileSync(triggers, `webhooks: [{ id: alerts, secret: $HOOK_SECRET, repository: o/r, identity: ${name} }]`);
      return read(bot(', for: [requests]'), { BOT_TOKEN, HOOK_SECRET: 'long enough', SIGNALBOX_TRIGGERS: triggers }).hooks;
    };
    expect(hook('bot')).toMatchObject([{ as: 'bot:requests' }]);
    expect(hook('installation')).toMatchObject([{ as: null }]);
    expect(() => hook('ann')).toThrow(`${triggers}: the webhook alerts: There is no identity "ann"; there are bot, installation`);
  });

  it('has its tokens taken out of what is kept and said', () => {
    expect(redactorFor(read(bot()))(`it is ${BOT_TOKEN}.`)).not.toContain(BOT_TOKEN);
  });
});
