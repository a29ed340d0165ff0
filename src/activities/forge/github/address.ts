// How GitHub's API is told what is meant. Callers hand over what they have, which may say more than that: it is left out.
import type { Numbered, Place } from '../provider.ts';

export const placeOf = ({ owner, repo }: Place) => ({ owner, repo });
export const issueOf = ({ owner, repo, number }: Numbered) => ({ owner, repo, issue_number: number });
export const pullOf = ({ owner, repo, number }: Numbered) => ({ owner, repo, pull_number: number });
