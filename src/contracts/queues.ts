// Names of Temporal's task queues. Who may do what where: workflows and general activities on one; two a host, because worktrees and
// running commands are there: one for git and tools, one for turns (own slots, so that models that think keep no command waiting).
export const GENERAL_QUEUE = 'signalbox';
export const hostQueue = (host: string): string => `signalbox-host-${host}`;
export const modelQueue = (host: string): string => `signalbox-model-${host}`;
