// What the log says of an activity beside Temporal's own words, and with that of one that fails: whose session it is, which step and tool,
// since when it is tried, and when this work last got on.
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Of so many workflows the last success is known. */
const MOST_WORKFLOWS = 1_000;

/** What arguments of our activities have in common, as far as they have it. */
interface Given {
  readonly session?: string;
  readonly turn?: number;
  readonly call?: number;
  readonly quick?: { readonly what: string };
  readonly rule?: string;
  readonly action?: { readonly kind?: string };
  readonly decision?: number;
}

export function reporting(): ActivityInterceptorsFactory {
  const successes = new Map<string, { readonly activity: string; readonly at: string }>();
  return ({ info }) => {
    const workflow = info.workflowExecution?.workflowId ?? '';
    let step: Readonly<Record<string, unknown>> = {};
    return {
      inbound: {
        async execute(input, next) {
          step = stepOf(info.activityType, input.args[0] ?? {});
          const result = await next(input);
          successes.delete(workflow); // so that it becomes the youngest
          successes.set(workflow, { activity: info.activityType, at: new Date().toISOString() });
          const [oldest] = successes.keys();
          if (successes.size > MOST_WORKFLOWS && oldest !== undefined) successes.delete(oldest);
          return result;
        },
      },
      outbound: {
        getLogAttributes: (attributes, next) => ({
          ...next(attributes),
          ...step,
          elapsedMs: Date.now() - info.scheduledTimestampMs,
          ...(successes.has(workflow) && { lastSuccess: successes.get(workflow) }),
        }),
      },
    };
  };
}

function stepOf(activity: string, { session, turn, call, quick, rule, action, decision }: Given): Readonly<Record<string, unknown>> {
  const parts = [
    turn === undefined ? undefined : `turn ${turn}`,
    call === undefined ? undefined : `call ${call}`,
    decision === undefined ? undefined : `decision ${decision}`,
    action?.kind,
    rule,
  ].filter((part) => part !== undefined);
  const tool = activity === 'runCommand' ? 'bash' : quick?.what;
  return {
    ...(session !== undefined && { session }),
    step: parts.length === 0 ? activity : parts.join(', '),
    ...(tool !== undefined && { tool }),
  };
}
