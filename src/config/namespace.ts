// What Signalbox needs of a Temporal namespace: its search attributes, and ended workflows kept long enough to be explained.
// Done when a server is started, also over a database that exists (`--search-attribute` does nothing there).
import type { Connection } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { searchAttributes } from '../contracts/search-attributes.ts';

const RETENTION_DAYS = 90;
const { INDEXED_VALUE_TYPE_KEYWORD: KEYWORD } = protocol.temporal.api.enums.v1.IndexedValueType;

/** Adds what is missing; safe to run again and from several processes. */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  await addSearchAttributes(connection, namespace);
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const seconds = RETENTION_DAYS * 24 * 60 * 60;
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) !== seconds) {
    const ttl = { seconds: seconds as never, nanos: 0 };
    await connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: ttl } });
  }
}

/** All that is done to a server of somebody else: without them it refuses to start our workflows. */
export async function addSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes).filter(({ name }) => customAttributes[name] === undefined);
  if (missing.length > 0) {
    const wanted = Object.fromEntries(missing.map(({ name }) => [name, KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted });
  }
}
