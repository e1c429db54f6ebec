import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
}

/** What `npm ci --omit=dev` puts into the production image. */
const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(lock.packages).filter(([name]) => name !== '');
const shipped = locked.filter(([, { dev = false, devOptional = false }]) => !dev && !devOptional);
const namesOf = (packages: typeof locked): string[] => packages.map(([name]) => name);

describe('the dependency tree', () => {
  it('of the production image runs nothing when it is installed', () => {
    expect(shipped.length).toBeGreaterThan(50);
    expect(namesOf(shipped.filter(([, { hasInstallScript }]) => hasInstallScript === true))).toEqual([]);
  });

  it('is held to what it was by digests', () => {
    expect(namesOf(locked.filter(([, { integrity }]) => !(integrity ?? '').startsWith('sha512-')))).toEqual([]);
  });

  it('names no registry: each installs from its own', () => {
    expect(namesOf(locked.filter(([, { resolved }]) => resolved !== undefined))).toEqual([]);
  });
});
