import { z } from 'zod';
import { cronText } from '../../cron.js';
import { flag, millis, must, numberBetween, strict, textThat, wholeNumber } from '../../schema/scalars.js';

const maxConcurrent = wholeNumber(1, 10_000);
const maxPerSecond = wholeNumber(1, 1_000_000);
const maxPerMinute = wholeNumber(1, 1_000_000);

const MAX_BACKGROUND_SHARE = 0.5;
const ONE_WEEK_MS = 604_800_000;

const limitWindow = strict({
  cron: textThat(cronText),
  forMs: millis(1000, ONE_WEEK_MS),
  maxConcurrent: maxConcurrent.optional(),
  maxPerSecond: maxPerSecond.optional(),
});

export const limits = strict({
  /** `read-system.ts` applies the default, because `adaptive` requires a declared limit. */
  maxConcurrent: maxConcurrent.optional(),
  maxPerSecond: maxPerSecond.optional(),
  maxPerMinute: maxPerMinute.optional(),
  adaptive: flag.default(false),
  backgroundShare: numberBetween(0, MAX_BACKGROUND_SHARE).default(MAX_BACKGROUND_SHARE),
  queueMs: millis(0, 5000).default(250),
  schedule: z.array(limitWindow, must('must be a list')).default([]),
}).prefault({});
