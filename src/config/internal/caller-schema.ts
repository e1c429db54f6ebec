import { z } from 'zod';
import { SCOPES } from '../config.js';
import { requestCeiling } from './request-ceiling.js';
import { listOf, must, oneOf, strict, textThat } from './scalars.js';
import { filled, printable, tenant, unpadded } from './text-rules.js';

const MAX_TENANTS = 10_000;

/** An empty list is let through here: what counts is that a caller has one of the two, see `caller-checks.ts`. */
const secrets = z.array(textThat(filled, unpadded, printable), must('must be a list')).default([]);

export const caller = strict({
  apiKeys: secrets,
  hmacSecrets: secrets,
  tenants: listOf(textThat(tenant), MAX_TENANTS),
  scopes: listOf(oneOf(SCOPES), SCOPES.length),
  limits: requestCeiling,
});
