import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { planOf } from '../../tools/rehearse/flags.js';
import { rehearse } from '../../tools/rehearse/rehearsal.js';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';

let service: DatadipProcess;

beforeAll(async () => {
  service = await startDatadip();
});

afterAll(() => service.stop());

describe('a rehearsal of a service that runs already', () => {
  it('needs the key of a caller', async () => {
    const plan = planOf(['--target', service.url]);
    await expect(rehearse(plan, {}, () => undefined)).rejects.toThrow(
      /^--target needs the key of a caller in the environment: REHEARSE_API_KEY$/,
    );
  });

  it('sends its calls through the service only', async () => {
    const plan = planOf(['--target', service.url, '--for', '2s', '--calls-per-second', '20']);
    const { without, with: shielded } = await rehearse(plan, { REHEARSE_API_KEY: 'sandbox' }, () => undefined);
    expect(without).toBeUndefined();
    expect(shielded).toMatchObject({ looks: [], origin: undefined });
    expect(shielded.counts).toMatchObject({ real: shielded.calls, failed: 0 });
  });

  it('counts a refused key as an error', async () => {
    const plan = planOf(['--target', service.url, '--for', '2s', '--calls-per-second', '5']);
    const { with: refused } = await rehearse(plan, { REHEARSE_API_KEY: 'of-no-caller' }, () => undefined);
    expect(refused.counts).toMatchObject({ real: 0, failed: refused.calls });
  });
});
