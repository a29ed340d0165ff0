// A person as git writes one: "Name <address>".
import { z } from 'zod';

export const personText = z.string().regex(/^[^<>\p{C}]{1,100} <[^<>\s]+@[^<>\s]+>$/u, '"Name <address>"');

export const person = personText.transform((text) => {
  const [, name = '', email = ''] = /^(.*) <(.*)>$/.exec(text) ?? [];
  return { name, email };
});
