import { describe, expect, it } from '@jest/globals';
import { raw, type HttpAnswer } from '../support/http.js';
import { onStage } from './stage.js';

const CALLERS = Object.fromEntries(
  ['flow', 'desk', 'other'].map((name) => [
    name,
    { apiKeys: [`key-of-the-${name}`], tenants: ['10001'], scopes: ['lookup'] },
  ]),
);
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const BATCH = 20;

const stage = onStage({ callers: CALLERS });

const request = (name: string, key: string): Promise<HttpAnswer> => {
  const body = `grant_type=client_credentials&client_id=${name}&client_secret=${key}`;
  return raw('POST', `${stage.app.url}/oauth/token`, body, FORM);
};

/** Sends requests until one gets 429, at most 500. */
async function untilLimited(send: () => Promise<HttpAnswer>): Promise<HttpAnswer[]> {
  const answers: HttpAnswer[] = [];
  while (answers.length < 500 && !answers.some(({ status }) => status === 429))
    answers.push(...(await Promise.all(Array.from({ length: BATCH }, send))));
  return answers;
}

function expectLimited(answers: readonly HttpAnswer[]): void {
  const limited = answers.find(({ status }) => status === 429);
  expect(limited?.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  expect(limited?.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(limited?.json).toMatchObject({ code: 'too_many_requests' });
}

describe('the token route', () => {
  it('limits the failed requests of an address, and locks no client out', async () => {
    const answers = await untilLimited(() => request('flow', 'a wrong key'));
    expect(answers[0]?.status).toBe(401);
    expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(60);
    expectLimited(answers);
    expect((await request('flow', 'key-of-the-flow')).status).toBe(200);
  });

  it('limits the tokens of a client, and no other client', async () => {
    const answers = await untilLimited(() => request('desk', 'key-of-the-desk'));
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(100);
    expectLimited(answers);
    expect((await request('other', 'key-of-the-other')).status).toBe(200);
  });

  it('reads at most 32 form fields', async () => {
    const { status, json } = await raw('POST', `${stage.app.url}/oauth/token`, 'a&'.repeat(8000), FORM);
    expect([400, 429]).toContain(status);
    expect(['invalid_request', 'too_many_requests']).toContain(json?.code);
  });
});
