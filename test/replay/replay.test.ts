// Workflows that were recorded once replay with today's code: a change that breaks open ones fails here. Histories are added, never
// recorded again (how: test/support/installation.ts).
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { payloadConverterPath } from '../../src/config/temporal-client.ts';
import { withoutSummary } from '../support/summaries.ts';
import { FIRST_RUN_MS, workflowBundle } from '../support/temporal.ts';

const directory = new URL('./histories/', import.meta.url);
const recorded = readdirSync(directory).filter((name) => name.endsWith('.json'));

/** Recorded when some activities and all timers had no summary yet. */
const BEFORE_SUMMARIES = [
  ...['merge-request-closed.json', 'merge-request-killed.json', 'review-fixed.json', 'session-completed.json'],
  ...['session-killed.json', 'task-closed.json', 'task-delivered.json', 'task-killed.json'],
];

Runtime.install({ logger: new DefaultLogger('ERROR') });

describe('recorded histories', () => {
  it('are there', () => {
    expect(recorded.length).toBeGreaterThan(0);
  });

  it.each(recorded)(
    'replay: %s',
    async (name) => {
      const history: unknown = JSON.parse(readFileSync(new URL(name, directory), 'utf8'));
      if (!BEFORE_SUMMARIES.includes(name)) expect(withoutSummary(historyFromJSON(history))).toEqual([]);
      const codePath = await workflowBundle();
      await Worker.runReplayHistory({ workflowBundle: { codePath }, dataConverter: { payloadConverterPath } }, history);
    },
    FIRST_RUN_MS,
  );
});
