// What people would see in Temporal's UI without a word of what it is for.
import type { temporal } from '@temporalio/proto';

/** Shorter ones pass before anybody looks. */
const LONG_MS = 1_000;

/** The activities and long timers of a history that have no summary, by their types. */
export const withoutSummary = ({ events }: temporal.api.history.v1.IHistory): string[] =>
  (events ?? []).flatMap((event) => {
    if (event.userMetadata?.summary?.data !== undefined && event.userMetadata.summary.data !== null) return [];
    if (event.activityTaskScheduledEventAttributes) return [`activity ${event.activityTaskScheduledEventAttributes.activityType?.name}`];
    const wait = event.timerStartedEventAttributes?.startToFireTimeout;
    return wait && Number(wait.seconds) * 1_000 >= LONG_MS ? [`timer of ${Number(wait.seconds)} s`] : [];
  });
