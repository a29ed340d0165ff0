// Every operation of the store, by area. Each file says what its rows promise.
import { blobs } from './blobs.ts';
import { decisions } from './decisions.ts';
import { events } from './events.ts';
import { ledger } from './ledger.ts';
import { mail } from './mail.ts';
import { outbox } from './outbox.ts';
import { pauses } from './pauses.ts';
import { sources } from './sources.ts';
import { transcripts } from './transcripts.ts';

export const operations = { ledger, mail, outbox, decisions, transcripts, blobs, sources, events, pauses };
