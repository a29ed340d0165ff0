// HTML as values: what is put into a template is escaped unless it is HTML itself. Everything that people or repositories wrote goes through
// here. The tag is not called html: formatters change the white space of such templates, and <pre> and the hash of the style are made of it.
import MarkdownIt from 'markdown-it';

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Child = Html | string | number | null | readonly Child[];

/** `` markup`<b>${name}</b>` ``: markup from the code, everything else escaped; null is nothing, a list is its items. */
export const markup = (parts: TemplateStringsArray, ...children: readonly Child[]): Html =>
  new Html(parts.map((part, index) => part + textOf(children[index] ?? null)).join(''));

function textOf(child: Child): string {
  if (child === null) return '';
  if (child instanceof Html) return child.text;
  return typeof child === 'object' ? child.map(textOf).join('') : escaped(String(child));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => readable(text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? ''));

/** Characters that change the order or hide the rest of a line are named: what is read is what is there. */
const readable = (text: string): string =>
  text
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase()}⟩`)
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '\u{fffd}');

/** Markdown without HTML and pictures; links lead to the web only. */
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable('image');
markdown.validateLink = (address) => /^https?:\/\//.test(address);

/** What of HTML people's texts may have: without attributes, so that it can do nothing. */
const HARMLESS = /&lt;(\/?(?:details|summary|sub|b))&gt;/g;

/** Markdown that somebody wrote; its comments, which GitHub hides, left out. */
export function prose(text: string): Html {
  const shown = markdown.render(text.replace(/<!--[\s\S]*?-->/g, '').trim());
  return new Html(`<div class="prose">${readable(shown.replaceAll("'", '&#39;').replaceAll(HARMLESS, '<$1>'))}</div>`);
}

/** A link to an address that somebody gave; mere text if it is none of the web. */
export const outside = (address: string, text: string): Child =>
  /^https?:\/\//.test(address) ? markup`<a href="${address}" rel="nofollow noreferrer">${text}</a>` : text;
