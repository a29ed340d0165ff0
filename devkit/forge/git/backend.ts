// git's own http-backend, as a process: it speaks the protocol, the forge says who may do what.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { rulesForPush } from '../domain/protection.ts';
import type { Forge } from '../forge.ts';
import { urlOf } from '../http/body.ts';
import type { Repository, User } from '../state/records.ts';
import { GIT_ENVIRONMENT } from './environment.ts';
import { hookEnvironment } from './hooks.ts';
import { GIT_MARK } from './leftovers.ts';

/**
 * @param user null for who has no token
 * @param call what follows the repository in the path, for example `info/refs`
 */
export function backend(
  forge: Forge,
  repository: Repository,
  user: User | null,
  request: IncomingMessage,
  call: string,
): ChildProcessWithoutNullStreams {
  const directory = forge.git(repository).directory;
  const child = spawn('git', ['http-backend'], {
    env: {
      ...GIT_ENVIRONMENT,
      [GIT_MARK]: directory,
      ...configuration({
        'http.receivepack': 'true',
        'receive.hideRefs': 'refs/pull',
        // Objects that git itself would not make (paths that lead out, dates that are none) end more than who reads them.
        'receive.fsckObjects': 'true',
        'receive.maxInputSize': String(forge.settings.limits.pushBytes),
        'receive.autogc': 'false',
        'uploadpack.allowFilter': 'true',
        'uploadpack.allowAnySHA1InWant': 'true',
        'core.hooksPath': path.join(forge.settings.dataDirectory, 'hooks'),
      }),
      ...(user === null ? {} : { REMOTE_USER: user.login, ...hookEnvironment(rulesForPush(forge.state, repository, user)) }),
      GIT_PROJECT_ROOT: path.dirname(directory),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${path.basename(directory)}/${call}`,
      REQUEST_METHOD: request.method ?? 'GET',
      QUERY_STRING: urlOf(forge, request).search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      // None: git's backend would count the bytes of a body, and never notice that they end before, as they do when the forge is killed.
      CONTENT_LENGTH: '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_ADDR: request.socket.remoteAddress ?? '',
    },
  });
  child.stderr.resume();
  child.on('error', () => undefined); // it says nothing then, and that is answered
  return child;
}

/** Git configuration by environment: it reaches git's own children, and no file is written. */
function configuration(values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(values);
  return {
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** What comes before the body of its answer. */
export function splitCgi(output: Buffer): { status: number; headers: Record<string, string>; rest: Buffer } {
  const end = output.indexOf('\r\n\r\n');
  if (end < 0) return { status: 500, headers: { 'content-type': 'text/plain' }, rest: Buffer.from('git gave no answer.\n') };
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of output.subarray(0, end).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { status, headers, rest: output.subarray(end + 4) };
}
