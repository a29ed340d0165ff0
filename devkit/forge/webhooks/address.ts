// Where webhooks may go: to this machine, unless the forge was started with leave to reach others. Asked when a webhook is made, and
// again when one is sent, as the forge may have been started anew without that leave.
import { isIP } from 'node:net';
import type { Settings } from '../settings.ts';

/** What is wrong with an address as a webhook's, or undefined. */
export function problemOfAddress(text: string, settings: Pick<Settings, 'webhooksAnywhere'>): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'url is not a valid URL';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'url scheme must be http or https';
  if (!settings.webhooksAnywhere && !isThisMachine(url.hostname))
    return `url is not supported because ${url.hostname} is not this machine: start the forge with --webhooks-anywhere to allow it`;
  return undefined;
}

/** Names other than `localhost` are not looked up: what they lead to can change. */
function isThisMachine(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
