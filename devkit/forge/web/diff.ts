// Changed files with their patches, as pages show them.
import type { ChangedFile } from '../git/changed-files.ts';
import { markup, type Child, type Html } from './html.ts';
import { capped } from './place.ts';

/** So many characters of patches a page has; what is beyond is named and not shown. */
const MOST_CHARACTERS = 1_000_000;

export function diffView(files: readonly ChangedFile[]): Child {
  let left = MOST_CHARACTERS;
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return markup`<p>${files.length} ${files.length === 1 ? 'file' : 'files'} changed, +${additions} −${deletions}</p>
    ${capped(files, (file) => {
      left -= file.patch?.length ?? 0;
      return fileView(file, left > 0);
    })}`;
}

function fileView({ path, previousPath, status, additions, deletions, patch }: ChangedFile, isShown: boolean): Html {
  const name = previousPath === null ? path : `${previousPath} → ${path}`;
  const content =
    patch === null
      ? markup`<p class="quiet">Binary, empty or too large to show.</p>`
      : isShown
        ? patchView(patch)
        : markup`<p class="quiet">Not shown: the page is long enough.</p>`;
  return markup`<div class="diff">
    <p><b>${name}</b> <span class="quiet">${status}, +${additions} −${deletions}</span></p>
    ${content}
  </div>`;
}

const KINDS: Readonly<Record<string, string>> = { '+': 'added', '-': 'removed', '@': 'hunk' };

/** Hunks with a line each, coloured by their first character. */
export const patchView = (patch: string): Html =>
  markup`<pre>${patch.split('\n').map((line) => markup`<span class="${KINDS[line.charAt(0)] ?? 'same'}">${line}</span>\n`)}</pre>`;
