// The frame of every page, and its headers: no scripts, no pictures, no forms, nothing from anywhere else.
import { createHash } from 'node:crypto';
import type { Reply } from '../http/reply.ts';
import { markup, Html, type Child } from './html.ts';

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; max-width: 70rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
a { color: #0550ae; text-decoration: none } a:hover { text-decoration: underline }
header { border-bottom: 1px solid #d0d7de; padding-bottom: .5rem; margin-bottom: 1.25rem }
h1 { font-size: 1.5rem; margin: .5rem 0; overflow-wrap: anywhere } h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem }
nav { border-bottom: 1px solid #d0d7de; padding-bottom: .4rem } nav a { margin-right: 1.25rem } nav a[aria-current] { font-weight: 600; color: inherit }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid #eaeef2; vertical-align: top }
pre, code, .diff { font: 12.5px/1.45 ui-monospace, monospace }
pre { background: #f6f8fa; padding: .75rem; overflow-x: auto; margin: 0 }
.quiet { color: #59636e } .state { color: #fff; border-radius: 1rem; padding: .1rem .7rem; font-size: .85rem; margin-right: .5rem }
.open, .success { background: #1a7f37 } .closed, .failure { background: #cf222e } .merged { background: #8250df } .draft, .pending { background: #59636e }
.label { border: 1px solid #d0d7de; border-radius: 1rem; padding: 0 .5rem; font-size: .85rem; margin-right: .3rem }
.said { border: 1px solid #d0d7de; border-radius: 6px; margin: 1rem 0 } .said > p { background: #f6f8fa; margin: 0; padding: .4rem .9rem; border-bottom: 1px solid #d0d7de }
.said > .prose { padding: .7rem .9rem } .said .said { margin: .7rem .9rem }
.prose { overflow-wrap: anywhere; unicode-bidi: plaintext } .prose > :first-child { margin-top: 0 } .prose > :last-child { margin-bottom: 0 } .prose table { width: auto; margin: .5rem 0 } .happened { margin: .6rem 0 .6rem .9rem }
.diff { border: 1px solid #d0d7de; border-radius: 6px; margin: 1rem 0; overflow-x: auto } .diff > p { background: #f6f8fa; margin: 0; padding: .4rem .9rem }
.diff pre { background: none; padding: 0 } .diff pre span { display: inline-block; min-width: 100%; box-sizing: border-box; padding: 0 .9rem }
.added { background: #dafbe1 } .removed { background: #ffebe9 } .hunk { background: #ddf4ff; color: #59636e }
`;

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

export interface Page {
  readonly title: string;
  /** From the forge down to where this page is: address and name. */
  readonly path: readonly { readonly to: string; readonly name: string }[];
  readonly body: Child;
}

export function pageReply({ title, path, body }: Page, status = 200): Reply {
  const crumbs = [{ to: '/', name: 'forge' }, ...path].map(
    ({ to, name }, index) => markup`${index === 0 ? null : ' / '}<a href="${to}">${name}</a>`,
  );
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <header>${crumbs}</header>
        <main>${body}</main>
      </body>
    </html> `;
  return { status, body: page.text, headers: { ...HEADERS, 'content-type': 'text/html; charset=utf-8' } };
}

export const plainReply = (text: string): Reply => ({
  status: 200,
  body: text,
  headers: { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' },
});

export const nowhere = (): Reply =>
  pageReply(
    {
      title: 'Not found',
      path: [],
      body: markup`<h1>Not found</h1>
        <p>There is no such page, or you may not see it.</p>`,
    },
    404,
  );
