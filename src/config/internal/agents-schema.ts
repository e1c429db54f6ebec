import { z } from 'zod';
import { flag, millis, must, oneOf, strict, text, textThat } from './scalars.js';
import { tenant } from './text-rules.js';

const reconcile = strict({
  platform: oneOf(['genesys', 'cxone']),
  system: text,
  tenant: textThat(tenant, (given) => (given === '*' ? 'must be one tenant' : undefined)),
  everyMs: millis(1000, 3_600_000).default(60_000),
});

export const agents = strict({
  agentTtlMs: millis(1000, 86_400_000).default(43_200_000),
  verifyOnClaim: flag.default(false),
  /** A platform answers in 50 to 200 ms; a caller who waits for an agent notices more than this. */
  verifyWithinMs: millis(10, 10_000).default(500),
  reconcile: z.array(reconcile, must('must be a list')).max(100, 'must be a list of at most 100').default([]),
}).refine(({ verifyOnClaim, reconcile: platforms }) => !verifyOnClaim || platforms.length > 0, {
  path: ['verifyOnClaim'],
  error: 'needs a platform under reconcile: there is nobody to ask',
});
