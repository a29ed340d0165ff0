// What the log says of an activity that fails, by the SDK's own lines.
import { describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { reporting } from '../../src/workers/reporting.ts';

describe('an activity that fails', () => {
  it('is logged with session, tool, step, how long it is tried, and the last success of its workflow', async () => {
    const lines: { message: string; meta?: object | undefined }[] = [];
    const logger = new DefaultLogger('WARN', ({ message, meta }) => void lines.push({ message, meta }));
    const interceptors = [reporting()];
    const activity = (activityType: string) =>
      new MockActivityEnvironment(
        {
          activityType,
          scheduledTimestampMs: Date.now() - 90_000,
          workflowExecution: { workflowId: 'task/a/code/1', runId: 'r' },
        },
        { interceptors, logger },
      );
    const fails = (): Promise<never> => Promise.reject(new Error('the host is away'));
    const of = { session: 'task/a/code/1', spec: 'd', turn: 3 };

    await expect(activity('runCommand').run(fails, { ...of, call: 1 })).rejects.toThrow('away');
    await activity('takeTurn').run(() => Promise.resolve('reply'), of);
    await expect(activity('takeTurn').run(fails, { ...of, turn: 4, quick: { what: 'read a.ts' } })).rejects.toThrow('away');
    await expect(activity('actOnForge').run(fails, { rule: 'no-label-yet', action: { kind: 'label' } })).rejects.toThrow('away');

    const [first, second, third] = lines;
    expect(first).toMatchObject({
      message: 'Activity failed',
      meta: { session: 'task/a/code/1', step: 'turn 3, call 1', tool: 'bash', durationMs: expect.any(Number) },
    });
    expect(first?.meta).not.toHaveProperty('lastSuccess');
    expect((first?.meta as { elapsedMs: number }).elapsedMs).toBeGreaterThanOrEqual(90_000);
    expect(second?.meta).toMatchObject({
      step: 'turn 4',
      tool: 'read a.ts',
      lastSuccess: { activity: 'takeTurn', at: expect.any(String) },
    });
    expect(third?.meta).toMatchObject({ workflowId: 'task/a/code/1', step: 'label, no-label-yet' });
  });
});
