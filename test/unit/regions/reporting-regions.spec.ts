import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RegionsConfig } from '../../../src/config/sections/regions.js';
import { ReportingRegions } from '../../../src/regions/reporting-regions.js';

describe('the region that counts as the one that reported an agent', () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
  });
  const regionsOf = (config?: Pick<RegionsConfig, 'home' | 'homes' | 'peers'>): ReportingRegions =>
    new ReportingRegions('us', config as RegionsConfig | undefined, { regions: [{ name: 'ap' }] as never }, {
      warn: (line: unknown) => void lines.push(String(line)),
    } as never);
  const peers = new Map([['eu', { url: 'http://127.0.0.1:9', apiKey: 'k' }]]);
  const several = () => regionsOf({ home: 'us', homes: new Map([['20002', 'eu']]), peers });

  it.each(['us', 'eu', 'ap'])('is %s, which is this region, a peer or a heard region', (name) => {
    expect([several().ofEvent(name), several().ofRecord(name, '10001')]).toEqual([name, name]);
    expect(lines).toEqual([]);
  });

  it('is the receiving region for an event with an unknown name, which is logged once without it', () => {
    const regions = several();
    expect([regions.ofEvent('middleware'), regions.ofEvent('other')]).toEqual(['us', 'us']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('middleware');
  });

  it('is the home of the tenant for a record of another program with an unknown name', () => {
    const regions = several();
    expect([regions.ofRecord('middleware', '10001'), regions.ofRecord('middleware', '20002')]).toEqual(['us', 'eu']);
  });

  it('is the name as sent, with a single region', () => {
    expect([regionsOf().ofEvent('middleware'), regionsOf().ofRecord('middleware', '10001')]).toEqual([
      'middleware',
      'middleware',
    ]);
    expect(lines).toEqual([]);
  });
});
