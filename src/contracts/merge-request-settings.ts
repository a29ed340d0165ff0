// What a workspace may want of the owners of its requests.

/** What becomes of nits: a session does them, nobody does, or whoever runs Signalbox is asked. */
export type Nits = 'fix' | 'log' | 'ask';

/** Who is waited for, where people are told when it lasts; `resting`: nobody, because people want that nothing is done. */
export type Remindable = 'ci' | 'reviewer' | 'operator' | 'people' | 'resting';

export interface Reminders {
  /** How many are given of one wait. */
  readonly most: number;
  /** After how many hours each. */
  readonly hours: Readonly<Record<Remindable, number>>;
}
