// The number that the next issue or pull request of a repository gets: both take theirs from one sequence.
import type { Reader } from '../state/state.ts';
import type { Repository } from '../state/records.ts';

/** To be called in the transaction that adds the issue. Issues are never removed, so the numbers have no gap: the end is found by halving. */
export function nextNumber(state: Reader, repository: Repository): number {
  const isTaken = (number: number): boolean => state.first('issue', 'number', `${repository.id}/${number}`) !== undefined;
  let free = 1;
  while (isTaken(free)) free *= 2;
  let taken = Math.floor(free / 2);
  while (free - taken > 1) {
    const middle = Math.floor((free + taken) / 2);
    if (isTaken(middle)) taken = middle;
    else free = middle;
  }
  return free;
}
