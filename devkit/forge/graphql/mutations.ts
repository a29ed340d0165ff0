// What can be done.
import type { Context, View } from './context.ts';
import { issueMutations } from './mutations/issues.ts';
import { pullRequestMutations } from './mutations/pull-requests.ts';
import { reviewMutations } from './mutations/reviews.ts';

export const mutationView = (context: Context): View => ({
  ...issueMutations(context),
  ...pullRequestMutations(context),
  ...reviewMutations(context),
});
