import { setTimeout as delay } from 'node:timers/promises';

/**
 * Calls `send` at a steady rate for some seconds, independent of how long a call takes. Resolves
 * when all calls are over. Rejects if one of them rejects.
 */
export async function steadily(
  perMinute: number,
  seconds: number,
  send: (n: number) => Promise<unknown>,
): Promise<void> {
  const everyMs = 60_000 / perMinute;
  const startedAtMs = performance.now();
  const sent: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  for (let n = 0; n * everyMs < seconds * 1000 && failures.length === 0; n++) {
    await delay(Math.max(0, startedAtMs + n * everyMs - performance.now()));
    sent.push(send(n).catch((error: unknown) => failures.push(error)));
  }
  await Promise.all(sent);
  if (failures.length > 0) throw failures[0];
}
