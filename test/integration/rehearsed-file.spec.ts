import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { planOf } from '../../tools/rehearse/flags.js';
import { rehearse } from '../../tools/rehearse/rehearsal.js';

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'datadip-rehearse-'));
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('a rehearsal of own lookups', () => {
  it("takes a user's own lookups, and names the first problem of their file", async () => {
    const file = join(scratch, 'my.yaml');
    const lookup = (cache: string) => `
systems: { erp: { type: postgres, url: 'postgres://db.example.com/erp', poolSize: 5, timeoutMs: 1000 } }
lookups:
  order:
    key: [{ all: [{ input: account, kind: id }, { input: pin, kind: id }] }]
    origin: { system: erp, sql: 'select 1 from orders where account = {account} and pin = {pin}' }
    customerId: customer
    fields: { total: { type: number, from: amount }, state: { type: string } }
    cache: ${cache}
`;
    const plan = planOf(['--for', '2s', '--calls-per-second', '20', '--origin-latency', '20ms', '--config', file]);
    await writeFile(file, lookup('{ ttlMs: -1 }'));
    await expect(rehearse(plan, {}, () => undefined)).rejects.toThrow(
      /^--config .*lookups\.order\.cache\.ttlMs[^\n]*$/,
    );
    await writeFile(file, lookup('{ ttlMs: 60000 }'));
    const { without, with: shielded } = await rehearse(plan, {}, () => undefined);
    expect(shielded.counts).toMatchObject({ real: shielded.calls, late: 0, failed: 0 });
    expect(without?.counts.real).toBe(without?.calls);
    expect([...(shielded.origin?.peaks.keys() ?? [])]).toEqual(['erp']);
  });
});
