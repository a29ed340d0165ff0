// Where a command keeps what it makes, which may be in somebody's checkout: nothing in it is for their repository.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes the folder if it is not there. Safe to call again. @param data absolute path */
export function makeDataFolder(data: string): void {
  mkdirSync(data, { recursive: true });
  const ignore = join(data, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
}
