import { describe, expect, it } from '@jest/globals';
import { get } from '../support/http.js';
import { startRegion } from '../support/region.js';

describe('startRegion', () => {
  it('stops its scripted origin if the declaration function throws', async () => {
    let url = '';
    const declaration = (originUrl: string): never => {
      url = originUrl;
      throw new Error('no declaration');
    };

    await expect(startRegion({ origin: () => ({}), declaration })).rejects.toThrow('no declaration');
    await expect(get(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('stops its scripted origin if a process does not start', async () => {
    let url = '';
    const declaration = (originUrl: string): string => {
      url = originUrl;
      return 'systems: 1';
    };

    await expect(startRegion({ origin: () => ({}), declaration })).rejects.toThrow(/systems/);
    await expect(get(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
