import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { Haystack } from './parts/haystack.js';

const PHONE = '+15557319246';
const MAIL = 'zoe.quarterstaff+vip@marked.example';

const bytes = (text: string) => Buffer.from(text);
const sha = (text: string) => createHash('sha256').update(text);
const WRITTEN: readonly (readonly [string, (text: string) => string])[] = [
  ['unchanged', (text) => text],
  ['in upper case', (text) => text.toUpperCase()],
  ['in base64', (text) => bytes(text).toString('base64')],
  ['in base64url', (text) => bytes(text).toString('base64url')],
  ['in hex', (text) => bytes(text).toString('hex')],
  ['in upper-case hex', (text) => bytes(text).toString('hex').toUpperCase()],
  ['URL-encoded', encodeURIComponent],
  ['URL-encoded in lower case', (text) => encodeURIComponent(text).toLowerCase()],
  ['URL-encoded in every byte', (text) => bytes(text).toString('hex').replaceAll(/../g, '%$&')],
  ['in a form', (text) => new URLSearchParams({ phone: text }).toString()],
  ['in JSON', (text) => JSON.stringify({ deep: [{ text }] })],
  ['as its SHA-256 in hex', (text) => sha(text).digest('hex')],
  ['as its SHA-256 in base64', (text) => sha(text).digest('base64')],
  ['as its SHA-256 in base64url', (text) => sha(text).digest('base64url')],
  ['as its SHA-256, shortened', (text) => sha(text).digest('hex').slice(0, 32)],
  ['as a name and key over Basic', (text) => bytes(`architect:${text}`).toString('base64')],
  ['inside a token', (text) => bytes(JSON.stringify({ sub: 'caller', mail: text })).toString('base64url')],
];

function findsIn(text: string, mark: string): string[] {
  const haystack = new Haystack();
  haystack.add('here', text);
  return haystack.search({ mark }).map(({ where }) => where);
}

describe('the search for marks', () => {
  it.each(WRITTEN)('finds a mark %s', (_form, write) => {
    for (const mark of [PHONE, MAIL]) expect(findsIn(`{"msg":"x","a":"${write(mark)}","b":1}`, mark)).toContain('here');
  });

  it('finds a mark at any position in an encoded text', () => {
    const neighbours = fc.string({ maxLength: 9 });
    const encoding = fc.constantFrom('base64' as const, 'base64url' as const, 'hex' as const);
    fc.assert(
      fc.property(neighbours, neighbours, encoding, (before, after, how) => {
        expect(findsIn(`~${bytes(before + MAIL + after).toString(how)}~`, MAIL)).toContain('here');
      }),
    );
  });

  it('finds no mark in a text without marks', () => {
    for (const mark of [PHONE, MAIL])
      for (const [, write] of WRITTEN) expect(findsIn(write('+4930123456'), mark)).toEqual([]);
  });

  it('finds the marks that a leaking logger writes', () => {
    const haystack = new Haystack();
    const log = pino({}, { write: (line) => haystack.add('log', line) });
    log.info({ route: '/lookup/:name', inputs: { ani: PHONE } }, 'request');
    log.error({ err: new Error(`no customer ${encodeURIComponent(MAIL)}`) }, 'failed');

    expect(haystack.search({ PHONE, MAIL })).toMatchObject([
      { where: 'log', mark: 'PHONE', form: 'plain' },
      { where: 'log', mark: 'MAIL', form: 'URL-encoded' },
    ]);
  });
});
