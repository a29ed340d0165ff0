// A notice for people, posted where the installation says. Nobody can look whether it arrived: it carries an idempotency key.
import { done, type Part, type Unprobeable } from '../effects/effect.ts';

/**
 * Does nothing where there is no address.
 * @param source what it is about, as people name it: "owner/repo#7"
 */
export const notice = (notifyUrl: string | undefined, source: string, text: string): Part<Unprobeable<null>> => ({
  class: 'unprobeable',
  async act(call) {
    if (notifyUrl === undefined) return done(null);
    const response = await call.fetch(notifyUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'webhook-id': call.mark, 'idempotency-key': call.mark },
      body: JSON.stringify({ source, text }),
    });
    // The path of such an address is often a secret.
    if (!response.ok) throw new Error(`${new URL(notifyUrl).host} answered ${response.status}.`);
    return done(null);
  },
});
