import { describe, expect, it } from '@jest/globals';
import { HeardProcesses } from '../../../src/modules/ops/region/heard-processes.js';
import { RecentWindows } from '../../../src/modules/ops/region/recent-windows.js';
import { regionState } from '../../../src/modules/ops/region/region-state.js';
import type { ProcessSample } from '../../../src/modules/ops/sampling/process-sample.js';
import { regionView } from '../../../src/modules/ops/view/region-view.js';
import type { Cell } from '../../../src/modules/ops/view/table.js';
import { ManualClock } from '../../support/manual-clock.js';
import { counts, sample } from './samples.js';

const CRM = { name: 'crm', inFlight: 3, limit: 200, isCircuitOpen: false, isPaused: false };

/** The view of a region whose processes sent these samples in one second. */
function viewOf(...samples: readonly Partial<ProcessSample>[]) {
  const clock = new ManualClock(1000);
  const [heard, windows] = [new HeardProcesses(clock), new RecentWindows()];
  samples.forEach((changes, at) => heard.receive(sample({ process: `p-${at}`, ...changes })));
  for (const second of heard.nextSecond()) windows.add(second);
  const view = regionView('eu', regionState(heard.all()), windows, clock.nowMs());
  const text = (cell: Cell | undefined) => (typeof cell === 'string' ? cell : cell?.text);
  const rows = (id: string) =>
    (view.tables.find((table) => table.id === id)?.rows ?? []).map((cells) => cells.map((cell) => text(cell)));
  return { ...view, rows };
}

describe('the view of a region', () => {
  it('is well without traffic', () => {
    expect(viewOf({})).toMatchObject({ region: 'eu', heard: 1, state: 'well', sentence: 'All is well.' });
  });

  it('adds up calls in flight and limits of all processes', () => {
    const { rows } = viewOf({ systems: [CRM] }, { systems: [{ ...CRM, inFlight: 4 }] });
    expect(rows('systems')[0]).toContain('7 of 400');
  });

  it('says in how many processes a circuit is open, and shows the newest failure in words', () => {
    const old = { failure: { text: 'no answer in time', ageMs: 90_000 } };
    const recent = { failure: { text: 'error status (HTTP 503)', ageMs: 2000 }, isCircuitOpen: true };
    const view = viewOf({ systems: [{ ...CRM, ...old }] }, { systems: [{ ...CRM, ...recent }] });

    expect(view.rows('systems')[0]).toEqual(
      expect.arrayContaining(['open in 1 of 2', 'error status (HTTP 503), 2 s ago']),
    );
    expect(view).toMatchObject({ state: 'alarm', sentence: 'The circuit of crm is open.' });
  });

  it('judges origin errors only with enough calls', () => {
    const few = viewOf({ systems: [CRM], counts: counts({ calls: { crm: 9 }, errors: { crm: 9 } }) });
    expect(few.state).toBe('well');
    const enough = viewOf({ systems: [CRM], counts: counts({ calls: { crm: 10 }, errors: { crm: 10 } }) });
    expect(enough).toMatchObject({
      state: 'alarm',
      sentence: 'Origin errors above 5 %; crm fails more than 5 % of its calls.',
    });
  });

  it('names alarms before states to watch', () => {
    const { sentence } = viewOf({
      systems: [{ ...CRM, isPaused: true }],
      store: { state: 'away', text: 'away: connection refused (ECONNREFUSED)' },
      counts: counts({ shed: { background: 2 } }),
    });
    expect(sentence).toBe('Redis is away; calls of priority background are shed; crm asked for a pause.');
  });

  it('counts the agents of a tenant once, though every process counts them', () => {
    const agents = [{ tenant: '10001', byStatus: { AVAILABLE: 4, BUSY: 2 } }];
    const { rows } = viewOf({ agents }, { agents });
    expect(rows('agents')).toEqual([
      ['AVAILABLE', '4'],
      ['BUSY', '2'],
      ['OFFLINE', '0'],
    ]);
  });

  it('shows the token that ends first', () => {
    const { rows, sentence } = viewOf(
      { tokens: [{ platform: 'genesys', expiresInS: 3600 }] },
      { tokens: [{ platform: 'genesys', expiresInS: 20 }] },
    );
    expect(rows('tokens')).toEqual([['genesys', '20 s', 'about to end']]);
    expect(sentence).toBe('A token for genesys is about to end.');
  });

  it('says which regions are not heard', () => {
    const regions = [
      { name: 'us', ageS: 0.4, isSilent: false },
      { name: 'ap', isSilent: true },
    ];
    const { rows, sentence } = viewOf({ regions, bus: { state: 'connected', heardAgeS: 0.4, lag: 0, outbox: 0 } });
    expect(rows('regions')).toEqual([
      ['eu', 'us', '0 s ago', 'heard'],
      ['eu', 'ap', 'never', 'silent'],
    ]);
    expect(sentence).toBe('Region ap is not heard.');
  });
});
