// `signalbox verify`: what is proven of a request, held against the forge and git now. Ends well only if everything holds.
import { createForge } from '../../activities/forge/create.ts';
import { isUnavailable, refusalOf } from '../../activities/forge/errors.ts';
import { statementOf, verify, type Verification } from '../verify.ts';
import { configHere, withStore } from './doors.ts';
import { EXIT } from './exit-codes.ts';
import { bold, dim, green, print, printJson, red, table } from './output.ts';
import { Problem } from './problem.ts';
import { requestNamed } from './request-name.ts';

export async function verifyRequest(named: string, options: { json?: true; statement?: true }): Promise<void> {
  const config = configHere();
  const { github, merging } = config;
  const ref = await requestNamed(config, named);
  const verification = await withStore((store) => verify({ store, forge: createForge(github), policy: merging }, ref)).catch(
    (error: unknown) => {
      const reason = refusalOf(error)?.reason;
      if (reason === 'gone') throw new Problem(`${github.apiUrl} shows no request ${named} to this token.`, EXIT.unknown);
      if (reason === 'token') throw new Problem(`${github.apiUrl} does not accept GITHUB_TOKEN: it is wrong or has expired.`);
      if (isUnavailable(error)) throw new Problem(`${github.apiUrl} does not answer: ${(error as Error).message}.`, EXIT.unavailable);
      throw error;
    },
  );
  if (options.statement === true) printJson(statementOf(verification));
  else if (options.json === true) printJson(verification);
  else show(named, verification);
  process.exitCode = verification.holds ? EXIT.done : EXIT.refused;
}

function show(named: string, { holds, points, merged, record }: Verification): void {
  const what = merged === null ? `head ${record.head}` : `merged as ${merged.sha}`;
  print(`${bold(named)}  ${what}  ${holds ? green('everything holds') : red('does not hold')}`);
  print(
    table(
      ['', 'what', 'because'],
      points.map((one) => [one.holds ? green('holds') : red('FAILS'), one.what, one.because]),
    ),
  );
  for (const gate of record.gates.filter(({ needed }) => !needed)) print(dim(`not needed: ${gate.name}. ${gate.because}`));
}
