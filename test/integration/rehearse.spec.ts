import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { planOf } from '../../tools/rehearse/flags.js';
import { rehearse, type Rehearsal } from '../../tools/rehearse/rehearsal.js';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning', 'tools/rehearse/main.ts'];

type Counted = Rehearsal['with'] & { readonly origin: NonNullable<Rehearsal['with']['origin']> };

function counted(run: Rehearsal['without']): Counted {
  if (run?.origin === undefined) throw new Error('the run has no figures of the sandbox');
  return { ...run, origin: run.origin };
}

function sumOf(counts: Rehearsal['with']['counts']): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function expectConsistent({ calls, counts, bySecond, looks, origin }: Counted): void {
  expect(sumOf(counts)).toBe(calls);
  expect(bySecond.reduce((sum, one) => sum + sumOf(one), 0)).toBe(calls);
  expect(Math.max(...looks.map(([, inFlight]) => inFlight))).toBeLessThanOrEqual(origin.peaks.get('crm') ?? 0);
}

const scratch = mkdtempSync(join(tmpdir(), 'rehearse-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('a rehearsal', () => {
  it('ends with one line and code 2 for a wrong flag', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...PROGRAM, '--for', 'ever'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^rehearse: --for is ever; allowed: [^\n]+\n$/);
  });

  it('has the numbers that the sandbox counts, and pictures the ops page', async () => {
    const opsPicture = join(scratch, 'ops.png');
    const flags = ['--for', '2s', '--onset', '0s', '--calls-per-second', '100', '--origin-capacity', '10'];
    flags.push('--ops-picture', opsPicture);
    const reported = new Set<string>();
    const rehearsal = await rehearse(planOf(flags), process.env, (side) => void reported.add(side));
    const [without, shielded] = [counted(rehearsal.without), counted(rehearsal.with)];
    for (const run of [without, shielded]) expectConsistent(run);
    expect(reported).toEqual(new Set(['without', 'with']));
    expect(shielded.calls).toBe(without.calls);
    expect(without.origin.calls).toBe(without.calls);
    // An answer may be on its way when its caller leaves.
    expect(without.origin.abandoned).toBeGreaterThan(0);
    expect(without.counts.late - without.origin.abandoned).toBeGreaterThanOrEqual(0);
    expect(without.counts.late - without.origin.abandoned).toBeLessThanOrEqual(5);
    expect(without.counts).toMatchObject({ stale: 0, degraded: 0, failed: 0 });
    expect(shielded.origin.calls).toBeGreaterThan(0);
    expect(shielded.origin.calls).toBeLessThan(shielded.calls);
    expect(shielded.counts.failed).toBe(0);
    expect(shielded.counts.late).toBeLessThan(without.counts.late);
    const picture = readFileSync(opsPicture);
    expect(picture.subarray(1, 4).toString('latin1')).toBe('PNG');
    // The header of a PNG holds its width and its height.
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([1280, 1000]);
  });
});
