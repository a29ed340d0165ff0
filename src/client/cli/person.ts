// Who gives a command: on record with everything that people say and decide.
import { userInfo } from 'node:os';

export function person(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`; // a container's user may have no entry
  }
}
