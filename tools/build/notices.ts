/** The licenses of the packages in the bundle, as one text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. Older packages have an object. */
  readonly license?: string | { readonly type?: string };
}

/** The folder of a package, at whatever depth it is installed. */
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;
const LICENSE = /^(licen[cs]e|notice|copying)(?!.*\.[cm]?[jt]s$)/i;
const HEAD = `The files main.js and chunks/ contain code of the packages below, under these licenses.
Packages outside the bundle have their licenses in their own folders of node_modules.
`;

/**
 * @param files the paths of all files of the bundle; files outside `node_modules` are ours
 * @throws if a package declares no license and has no license file
 */
export function thirdPartyNotices(files: readonly string[]): string {
  const folders = new Set(files.flatMap((file) => PACKAGE.exec(file)?.[0] ?? []));
  const notices = new Map([...folders].map(noticeOf));
  const sorted = [...notices].sort(([a], [b]) => (a < b ? -1 : 1));
  return [HEAD, ...sorted.map(([, notice]) => notice)].join(`\n${'-'.repeat(80)}\n\n`);
}

function noticeOf(folder: string): [string, string] {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const declared = typeof license === 'string' ? license : license?.type;
  const texts = readdirSync(folder)
    .filter((file) => LICENSE.test(file))
    .map((file) => `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`);
  if (declared === undefined && texts.length === 0)
    throw new Error(`${name} ${version} is in the bundle and has no license: exclude it, or ask its authors`);
  const title = `${name} ${version}`;
  return [title, [`${title}\nLicense: ${declared ?? 'see below'}\n`, ...texts].join('')];
}
