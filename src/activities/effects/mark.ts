// Marks: what lets us find our own effects again. Signed, so that nobody who knows a key can make one, and bound to the effect's key,
// so that one that was copied elsewhere proves nothing there.
import { createHmac } from 'node:crypto';

export function markOf(installationKey: Uint8Array, effectKey: string): string {
  return `signalbox-${createHmac('sha256', installationKey).update(effectKey).digest('hex').slice(0, 40)}`;
}
