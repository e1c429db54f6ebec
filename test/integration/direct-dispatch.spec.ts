import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Request } from 'express';
import fc from 'fast-check';
import { DatadipExpressAdapter } from '../../src/platform/http/fast/datadip-express-adapter.js';
import { RouteHandlers } from '../../src/platform/http/fast/route-handlers.js';
import { RouteTable } from '../../src/platform/http/route-table.js';
import { eventually } from '../support/eventually.js';
import { head, RawConnection } from '../support/raw-connection.js';
import { startDispatchedApp, type DispatchedApp } from './parts/dispatched-app.js';

let direct: DispatchedApp;
let express: DispatchedApp;
let requests = 0;
beforeAll(async () => {
  [direct, express] = await Promise.all([
    startDispatchedApp(new DatadipExpressAdapter()),
    startDispatchedApp(new ExpressAdapter()),
  ]);
});
afterAll(() => Promise.all([direct.app.close(), express.app.close()]));

/** The status and the body of an answer. */
async function answer(
  service: DispatchedApp,
  method: string,
  target: string,
  headers: Record<string, string>,
): Promise<string> {
  const connection = new RawConnection(service.url);
  try {
    await connection.send(head(method, target, { Connection: 'close', ...headers }));
    await eventually(() => expect(connection.closed).toBe(true));
    const [status = ''] = connection.received.split('\r\n');
    return `${status} ${connection.received.split('\r\n\r\n')[1] ?? ''}`;
  } finally {
    connection.end();
  }
}

/** @returns the answer, which is the same from both services */
async function sameAnswer(method: string, target: string, headers: Record<string, string> = {}): Promise<string> {
  const id = String(++requests);
  const [ours, theirs] = await Promise.all(
    [direct, express].map((service) => answer(service, method, target, { ...headers, 'X-Id': id })),
  );
  expect([method, target, ours]).toEqual([method, target, theirs]);
  expect([method, target, direct.counts.get(id)]).toEqual([method, target, express.counts.get(id)]);
  return ours ?? '';
}

describe('direct dispatch', () => {
  it.each([
    ['GET', '/things', '200 OK {"route":"list","query":{}}'],
    ['GET', '/things/?a=1&a=2&b[c]=3', '200 OK {"route":"list","query":{"a":["1","2"],"b[c]":"3"}}'],
    ['GET', '/things/a.b~c?part=x%20y', '200 OK {"route":"read","params":{"id":"a.b~c"},"part":"x y"}'],
    ['GET', '/THINGS/Ada/', '200 OK {"route":"read","params":{"id":"Ada"}}'],
    ['GET', '/things/a%2Fb', '200 OK {"route":"read","params":{"id":"a/b"}}'],
    ['GET', '/things/a%', '500 Internal Server Error '],
    ['GET', '/things/1#2', '200 OK {"route":"read"'],
    ['GET', '/things/1/parts/2', '200 OK {"route":"part","params":{"id":"1","part":"2"}}'],
    ['GET', '/things/1/versions/v3', '200 OK {"route":"version","params":{"id":"1","version":"3"}}'],
    ['GET', 'http://elsewhere/things/1', '200 OK {"route":"read","params":{"id":"1"}}'],
    ['GET', '//things/1', 'Cannot GET //things/1'],
    ['GET', '/things/1/', '200 OK {"route":"read"'],
    ['GET', '/things/1//', 'Cannot GET /things/1//'],
    ['GET', '/things/1/parts', 'Cannot GET /things/1/parts'],
    ['GET', '/nothing', 'Cannot GET /nothing'],
    ['POST', '/things/1', '201 Created {"route":"write","id":"1"}'],
    ['PUT', '/things/1', 'Cannot PUT /things/1'],
    ['HEAD', '/things/1', '200 OK '],
    ['OPTIONS', '/things/1', 'Cannot OPTIONS /things/1'],
    ['GET', '/fails', '500 Internal Server Error {"message":"of the handler"}'],
    ['GET', '/fails-late', '500 Internal Server Error {"message":"of the promise"}'],
    ['GET', '/filter-fails', '500 Internal Server Error {"message":"twice"}'],
  ])('answers %s %s as Express does', async (method, target, expected) => {
    expect(await sameAnswer(method, target)).toContain(expected);
  });

  it.each([
    ['throws an error', '500 Internal Server Error {"message":"thrown by a stage"}'],
    ['ends with an error', '500 Internal Server Error {"message":"of a stage"}'],
    ['waits', '200 OK {"route":"read","params":{"id":"1"}}'],
  ])('answers as Express does if a stage %s', async (stage, expected) => {
    expect(await sameAnswer('GET', '/things/1', { 'X-Stage': stage })).toContain(expected);
    expect(await sameAnswer('GET', '/nothing', { 'X-Stage': stage })).toMatch(/ (404|500) /);
  });

  it('answers every path as Express does', async () => {
    const part = fc.constantFrom(
      'things',
      'Things',
      'parts',
      'versions',
      'v1',
      'v',
      '1',
      '%31',
      '%',
      '%zz',
      ';',
      '@:',
      '[',
      '\\',
      '|',
      '..',
      '.',
      '',
      '#',
      '?',
      '?part=1',
      '&',
    );
    const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => `/things/${parts.join('/')}`);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('GET', 'POST', 'HEAD'), path, async (method, target) => {
        await sameAnswer(method, target);
      }),
      { numRuns: 200 },
    );
  });

  it('leaves to Express what is not found', async () => {
    const before = direct.express.count;
    await sameAnswer('GET', '/things/1');
    await sameAnswer('POST', '/things/1');
    expect(direct.express.count - before).toBe(0);
    await sameAnswer('GET', '/things/%31');
    await sameAnswer('GET', '/things/1', { 'X-Stage': 'throws an error' });
    expect(direct.express.count - before).toBe(2);
  });

  it('finds the handlers of plain paths without Express', () => {
    const handlers = new RouteHandlers();
    const handler = (): void => undefined;
    handlers.add('GET', ['/things/:id', handler]);
    handlers.add('GET', [handler]);
    handlers.add('GET', ['/things/:id', () => undefined]);
    const table = direct.app.get(RouteTable);
    const find = (url: string, method = 'GET') => {
      const request = { url, method } as Request;
      return [handlers.find(request, table), request.params];
    };
    expect(find('/things/Ada%')).toEqual([undefined, undefined]);
    expect(find('/things/Ada?x')).toEqual([handler, { id: 'Ada' }]);
    expect(find('/things/Ada', 'POST')).toEqual([undefined, undefined]);
    expect(find('/things/Ada', 'HEAD')).toEqual([undefined, undefined]);
  });

  it('refuses middleware of a module, which direct dispatch would not run', () => {
    expect(() => new DatadipExpressAdapter().createMiddlewareFactory()).toThrow('allowed: a stage in app.pipeline.ts');
  });
});
