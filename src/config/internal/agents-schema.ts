import { z } from 'zod';
import { millis, must, oneOf, strict, text, textThat } from './scalars.js';
import { tenant } from './text-rules.js';

const reconcile = strict({
  platform: oneOf(['genesys']),
  system: text,
  tenant: textThat(tenant, (given) => (given === '*' ? 'must be one tenant' : undefined)),
  everyMs: millis(1000, 3_600_000).default(60_000),
});

export const agents = strict({
  agentTtlMs: millis(1000, 86_400_000).default(43_200_000),
  reconcile: z.array(reconcile, must('must be a list')).max(100, 'must be a list of at most 100').default([]),
});
