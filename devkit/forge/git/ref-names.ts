// Names that git itself takes for refs and the forge does not, by the API as by a push. The pre-receive hook imports this: nothing else may.

/** A file of git is named after the last part of a ref, with `.lock` at its end while it moves; file systems take 255 bytes. */
const MOST_BYTES = 244;

/** Why no ref may have this name, or undefined. @param ref in full: `refs/heads/…` */
export function problemOfRefName(ref: string): string | undefined {
  if (Buffer.byteLength(ref) > MOST_BYTES) return `Ref names have at most ${MOST_BYTES} bytes.`;
  // Whoever asks for a commit by its id would get the branch.
  if (/^refs\/(heads|tags)\/[0-9a-f]{40}$/i.test(ref)) return 'Branch and tag names consisting of 40 hex characters are not allowed.';
  if (ref.startsWith('refs/pull/')) return 'Refs of pull requests are read only.';
  // Git shows the one object in the place of the other, wherever it is asked for.
  return ref.startsWith('refs/replace/') ? 'Refs that replace objects are not allowed.' : undefined;
}
