// One attempt to hand a payload to a webhook's address, with the headers and signatures that GitHub sends. Never throws: what went wrong
// is the attempt's outcome. Redirections are not followed.
import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Settings } from '../settings.ts';
import type { Delivery, DueDelivery, Webhook } from '../state/webhook-records.ts';
import { problemOfAddress } from './address.ts';

/** As GitHub: who has not answered by then is taken to have failed. */
const LIMIT_MS = 10_000;
/** Of an answer, what is kept; the rest is not read. */
const ANSWER_BYTES = 64 * 1024;

export type Outcome = Pick<
  Delivery,
  'deliveredAt' | 'durationMs' | 'statusCode' | 'status' | 'requestHeaders' | 'responseHeaders' | 'responseBody'
>;

/** @param stopped aborts the attempt */
export async function send(
  webhook: Webhook,
  due: DueDelivery,
  settings: Pick<Settings, 'webhooksAnywhere'>,
  stopped: AbortSignal,
): Promise<Outcome> {
  const body = webhook.contentType === 'json' ? due.payload : new URLSearchParams({ payload: due.payload }).toString();
  const requestHeaders = headersOf(webhook, due, body);
  const deliveredAt = Date.now();
  const began = performance.now();
  const answer = await attempt(webhook, body, requestHeaders, settings, stopped);
  return { deliveredAt, durationMs: Math.round(performance.now() - began), requestHeaders, ...answer };
}

function headersOf(webhook: Webhook, due: DueDelivery, body: string): Record<string, string> {
  const signature = (algorithm: string): string =>
    `${algorithm}=${createHmac(algorithm, webhook.secret ?? '')
      .update(body)
      .digest('hex')}`;
  return {
    Accept: '*/*',
    'User-Agent': 'GitHub-Hookshot/signalbox',
    'Content-Type': webhook.contentType === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
    'X-GitHub-Delivery': due.guid,
    'X-GitHub-Event': due.event,
    'X-GitHub-Hook-ID': String(webhook.id),
    'X-GitHub-Hook-Installation-Target-ID': String(webhook.repositoryId),
    'X-GitHub-Hook-Installation-Target-Type': 'repository',
    ...(webhook.secret === null ? {} : { 'X-Hub-Signature': signature('sha1'), 'X-Hub-Signature-256': signature('sha256') }),
  };
}

async function attempt(
  webhook: Webhook,
  body: string,
  headers: Record<string, string>,
  settings: Pick<Settings, 'webhooksAnywhere'>,
  stopped: AbortSignal,
): Promise<Pick<Outcome, 'statusCode' | 'status' | 'responseHeaders' | 'responseBody'>> {
  const failed = (statusCode: number, status: string): Awaited<ReturnType<typeof attempt>> => ({
    statusCode,
    status,
    responseHeaders: {},
    responseBody: '',
  });
  const problem = problemOfAddress(webhook.url, settings);
  if (problem !== undefined) return failed(502, problem);
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    const response = await post(webhook, body, headers, AbortSignal.any([limit, stopped]));
    const responseBody = await beginningOf(response);
    const statusCode = response.statusCode ?? 0;
    return {
      statusCode,
      status: statusCode >= 200 && statusCode < 300 ? 'OK' : `Invalid HTTP Response: ${statusCode}`,
      responseHeaders: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
      responseBody,
    };
  } catch {
    return limit.aborted ? failed(504, 'timed out') : failed(502, 'failed to connect to host');
  }
}

async function post(webhook: Webhook, body: string, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(webhook.url);
  const options = { method: 'POST', headers: { ...headers, 'Content-Length': Buffer.byteLength(body) }, signal };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, rejectUnauthorized: webhook.insecureSsl === '0' }, resolve)
        : httpRequest(url, options, resolve);
    request.once('error', reject).end(body);
  });
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8');
}
