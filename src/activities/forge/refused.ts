// A refusal that is known before the forge is asked, thrown where the forge's own would be.
import type { Refusal } from '../../contracts/refusal.ts';

export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`${refusal.asked}: ${refusal.says}`);
    this.refusal = refusal;
  }
}
