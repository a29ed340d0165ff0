// JSON as usual, with two differences. What can't be decoded becomes text: a person may type anything as a signal, and one that throws
// would fail the workflow's tasks for ever, beyond the reach of cancellation. What is over the budget is refused (budgets.ts).
// Runs in workflows' sandboxes as well.
import { ApplicationFailure, defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding.js';
import { PAYLOAD_BYTES, PAYLOAD_TOO_LARGE } from './budgets.ts';

export const payloadConverter: PayloadConverter = {
  toPayload<T>(value: T): Payload {
    const payload = defaultPayloadConverter.toPayload(value);
    const bytes = payload.data?.byteLength ?? 0;
    if (bytes > PAYLOAD_BYTES)
      throw ApplicationFailure.nonRetryable(`${bytes} bytes in one payload; ${PAYLOAD_BYTES} are allowed`, PAYLOAD_TOO_LARGE);
    return payload;
  },

  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch {
      return asText(payload) as T;
    }
  },
};

const asText = ({ data }: Payload): string => (data ? decode(data) : '');
