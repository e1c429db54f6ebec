import { describe, expect, it } from '@jest/globals';
import { nextStep, type MoveView } from '../../../src/regions/internal/home-move.js';

const TERMS = { tenant: '10001', to: 'ap' };
const CLOSED = { home: null, epoch: 1, former: 'us', fenceAbove: 7 };
const EU = { name: 'eu', isSilent: false, hasRead: true };
const RELEASED = { region: 'us', lastFence: 40, atMs: 90_000 };

const view = (changes: Partial<MoveView> = {}): MoveView => ({
  ...{ present: CLOSED, presentSinceMs: 90_000, nowMs: 100_000, released: RELEASED, regions: [EU] },
  ...changes,
});
const step = (changes: Partial<MoveView> = {}, terms = {}) => nextStep(view(changes), { ...TERMS, ...terms });

describe('the next step of moving a home', () => {
  it('takes the home away first', () => {
    const present = { home: 'us', epoch: 4, former: undefined, fenceAbove: 0 };
    expect(step({ present })).toMatchObject({ kind: 'append', record: { epoch: 5, home: null } });
  });

  it('waits until the former home has stopped', () => {
    expect(step({ released: undefined })).toEqual({
      kind: 'wait',
      what: 'the former home us to stop, which is not heard; if all its processes are stopped, add --stopped us',
    });
    const heard = [{ ...EU, name: 'us' }];
    expect(step({ released: undefined, regions: heard })).toEqual({ kind: 'wait', what: 'the former home us to stop' });
  });

  it('believes the operator only for the region named, and only while it is not heard', () => {
    const stopped = { region: 'us', sinceMs: 80_000 };
    expect(step({ released: undefined }, { stopped })).toMatchObject({ kind: 'append', record: { home: 'ap' } });
    expect(step({ released: undefined }, { stopped: { ...stopped, region: 'eu' } }).kind).toBe('wait');
    const heard = [{ ...EU, name: 'us' }];
    expect(step({ released: undefined, regions: heard }, { stopped }).kind).toBe('wait');
  });

  it('ignores a message of a region that was not the home', () => {
    expect(step({ released: { ...RELEASED, region: 'eu' } }).kind).toBe('wait');
  });

  it('waits for every region that is heard, and for no silent one', () => {
    const late = { ...EU, hasRead: false };
    expect(step({ regions: [late] })).toEqual({ kind: 'wait', what: 'eu to read that there is no home' });
    expect(step({ regions: [{ ...late, isSilent: true }] }).kind).toBe('append');
  });

  it.each([
    ['the record', { presentSinceMs: 90_001 }, {}],
    ['the end of the former home', { released: { ...RELEASED, atMs: 90_001 } }, {}],
    ['the word of the operator', { released: undefined }, { stopped: { region: 'us', sinceMs: 90_001 } }],
  ])('waits 10 s after %s', (_what, changes, terms) => {
    expect(step(changes, terms)).toEqual({ kind: 'wait', what: 'the end of the last claims, 1 s' });
  });

  it('sets the new home with fences far above the last fence', () => {
    expect(step()).toMatchObject({ kind: 'append', record: { epoch: 2, home: 'ap', fenceAbove: 1_000_040 } });
  });

  it('sets fences a minute ahead of the clock when the last fence is not known', () => {
    const unknown = step({ released: undefined }, { stopped: { region: 'us', sinceMs: 0 } });
    expect(unknown).toMatchObject({ record: { fenceAbove: 100_000 * 100 + 7_000_000 } });
  });

  it('is done when every region that is heard has read the new home', () => {
    const present = { home: 'ap', epoch: 2, former: undefined, fenceAbove: 9 };
    expect(step({ present, regions: [{ ...EU, hasRead: false }] })).toEqual({
      kind: 'wait',
      what: 'eu to read the new home',
    });
    expect(step({ present })).toEqual({ kind: 'done' });
  });
});
