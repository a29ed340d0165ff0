// Signs commits with an SSH key, as git does with `gpg.format=ssh`: outside of the sandbox, so that no command of an agent ever sees the key.
// Only ed25519: its signatures follow from key and content, so that the same commit made again is the same commit.
/** The armoured signature of a commit's content. @throws Error where the key is not usable any more: Temporal's retry finds it back */
export type Sign = (content: string) => Promise<string>;

/** Separates signatures of git from all others by the same key (`ssh-keygen -Y sign -n`). */
const NAMESPACE = 'git';
const LIMIT_MS = 10_000;

/**
 * Looks at the key, and tries it.
 * @param keyFile a private key in OpenSSH's form, without a passphrase: nobody is there to type one
 * @returns the way to sign, or what is wrong with the key and what to do
 */
export async function sshSigner(
  keyFile: string,
): Promise<{ readonly sign: Sign; readonly fingerprint: string } | { readonly problem: string }> {
  // Here and not above: its hundred modules would be a twentieth of every worker's start, and of a recovery.
  const { ExecaError } = await import('execa');
  try {
    // "256 SHA256:… comment (ED25519)"
    const about = await sshKeygen(['-l', '-f', keyFile]);
    if (!about.endsWith('(ED25519)'))
      return { problem: `${keyFile} is no ed25519 key. Make one: ssh-keygen -t ed25519 -N '' -f ${keyFile}` };
    const sign: Sign = (content) => sshKeygen(['-Y', 'sign', '-n', NAMESPACE, '-f', keyFile], content);
    await sign('');
    return { sign, fingerprint: about.split(' ')[1] ?? '' };
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') return { problem: 'ssh-keygen is not installed. It comes with OpenSSH: apt-get install openssh-client' };
    const says = String(error.stderr)
      .split('\n')
      .filter((line) => !line.startsWith('@')) // a frame
      .join(' ')
      .trim()
      .replaceAll(/\s+/g, ' ');
    return { problem: `commits can't be signed with ${keyFile}: ${says === '' ? 'it has a passphrase' : says}` };
  }
}

/** Has no terminal and no agent: it asks nobody. */
async function sshKeygen(args: readonly string[], input = ''): Promise<string> {
  const { PATH = '' } = process.env;
  const env = { PATH, LC_ALL: 'C', SSH_ASKPASS_REQUIRE: 'never' };
  const { execa } = await import('execa');
  return (await execa('ssh-keygen', args, { input, env, extendEnv: false, timeout: LIMIT_MS, detached: true })).stdout;
}
