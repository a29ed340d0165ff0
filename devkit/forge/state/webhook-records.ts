// What the forge remembers of webhooks: who wants to be told, what is still to be sent, and the attempts that were made.
// Times are milliseconds since the epoch.
import type { Document } from './records.ts';

export interface Webhook extends Document {
  readonly repositoryId: number;
  readonly url: string;
  readonly contentType: 'json' | 'form';
  readonly secret: string | null;
  readonly insecureSsl: '0' | '1';
  readonly events: readonly string[];
  readonly active: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastResponse: { readonly code: number | null; readonly status: string; readonly message: string | null };
}

/** What is to be sent of one event to one webhook. Doubles and redeliveries share the guid, as GitHub's do. */
export interface DueDelivery extends Document {
  readonly webhookId: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  /** JSON, exactly as it is signed. */
  readonly payload: string;
  readonly redelivery: boolean;
  readonly dueAt: number;
}

/** One attempt that was made; recorded in the transaction that removes what was due. */
export interface Delivery extends Document {
  readonly webhookId: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly payload: string;
  readonly redelivery: boolean;
  readonly deliveredAt: number;
  readonly durationMs: number;
  /** Of the answer; 502 and 504 where there was none. */
  readonly statusCode: number;
  /** `OK`, or what went wrong. */
  readonly status: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string;
}
