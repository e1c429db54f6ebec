import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thirdPartyNotices } from '../../../tools/build/notices.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'datadip-notices-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Installs a package and returns the path of its code. */
function installed(path: string, manifest: object, files: Readonly<Record<string, string>> = {}): string {
  const folder = join(root, 'node_modules', path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return join(folder, 'lib/index.js');
}

describe('the notices of the bundle', () => {
  it('fail for a package without a declared license and without a license file', () => {
    const file = installed('bare', { name: 'bare', version: '1.0.0' });
    expect(() => thirdPartyNotices([file])).toThrow('bare 1.0.0 is in the bundle and has no license');
  });

  it('contain the license and the notice of each package once, sorted by name', () => {
    const two = installed('@scope/two', { name: '@scope/two', version: '2.0.0', license: 'MIT' });
    const files = { 'LICENSE.md': 'the license of one\n', NOTICE: 'the notice of one' };
    const one = installed('one', { name: 'one', version: '1.0.0', license: 'Apache-2.0' }, files);
    const text = thirdPartyNotices([one, two, two.replace('index', 'other')]);
    expect(text.match(/^License: .*$/gm)).toEqual(['License: MIT', 'License: Apache-2.0']);
    expect(text).toContain('one 1.0.0\nLicense: Apache-2.0\n\nthe license of one\n\nthe notice of one\n');
  });

  it('name both versions of a package that is installed twice', () => {
    const outer = installed('one', { name: 'one', version: '1.0.0', license: 'MIT' });
    const inner = installed('two/node_modules/one', { name: 'one', version: '0.9.0', license: { type: 'ISC' } });
    const text = thirdPartyNotices([outer, inner, join(root, 'dist/service.js')]);
    expect(text.match(/^one .*$/gm)).toEqual(['one 0.9.0', 'one 1.0.0']);
    expect(text).toContain('one 0.9.0\nLicense: ISC\n');
  });

  it('take no code for a license', () => {
    const file = installed('one', { name: 'one', version: '1.0.0', license: 'MIT' }, { 'license.js': 'code' });
    expect(thirdPartyNotices([file])).not.toContain('code\n');
  });
});
