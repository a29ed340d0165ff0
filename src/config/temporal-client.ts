// Clients of Temporal, with the payload converter that workers have: what is over the budget is refused before it is sent, and what can't be
// decoded is text.
import { fileURLToPath } from 'node:url';
import { Client, type ConnectionLike } from '@temporalio/client';

/** Temporal loads it by its path, in workflows' sandboxes as well. */
export const payloadConverterPath = fileURLToPath(
  new URL(`../contracts/payload-converter.${import.meta.url.endsWith('.js') ? 'js' : 'ts'}`, import.meta.url),
);

/** @param namespace Temporal's own default where it is undefined */
export const temporalClient = (connection: ConnectionLike, namespace = 'default'): Client =>
  new Client({ connection, namespace, dataConverter: { payloadConverterPath } });
