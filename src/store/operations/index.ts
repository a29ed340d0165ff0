// Every operation of the store, by area. Each file says what its rows promise.
import { blobs } from './blobs.ts';
import { chains } from './chains.ts';
import { checkpoints } from './checkpoints.ts';
import { checks } from './checks.ts';
import { custody } from './custody.ts';
import { decisions } from './decisions.ts';
import { deliveries } from './deliveries.ts';
import { events } from './events.ts';
import { forgeUse } from './forge-use.ts';
import { ledger } from './ledger.ts';
import { mail } from './mail.ts';
import { merges } from './merges.ts';
import { outbox } from './outbox.ts';
import { pauses } from './pauses.ts';
import { polls } from './polls.ts';
import { sources } from './sources.ts';
import { transcripts } from './transcripts.ts';
import { triggers } from './triggers.ts';

export const operations = {
  chains,
  custody,
  ledger,
  mail,
  outbox,
  decisions,
  transcripts,
  blobs,
  sources,
  events,
  pauses,
  checkpoints,
  checks,
  merges,
  deliveries,
  triggers,
  polls,
  forgeUse,
};
