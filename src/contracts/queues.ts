// Names of Temporal's task queues. Who may do what where: workflows and general activities on one, model calls on another (own rate
// limit), and one a host for git and tools, because worktrees and running commands are there.
export const GENERAL_QUEUE = 'signalbox';
export const MODEL_QUEUE = 'signalbox-model';
export const hostQueue = (host: string): string => `signalbox-host-${host}`;
