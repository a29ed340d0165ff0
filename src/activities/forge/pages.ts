// Where a forge shows people what we speak of. Addresses only: nothing is asked.
import type { Numbered, Place } from './provider.ts';

export interface Pages {
  issue(at: Numbered): string;
  request(at: Numbered): string;
  /** A comment in the conversation of a request. */
  comment(at: Numbered, id: number | string): string;
  /** The requests of a repository. */
  requests(place: Place): string;
}
