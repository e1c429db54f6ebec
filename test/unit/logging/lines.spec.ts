import { describe, expect, it } from '@jest/globals';
import { PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import { describeError } from '../../../src/platform/logging/describe-error.js';
import { declareLogFields } from '../../../src/platform/logging/log-fields.js';
import { loggable } from '../../../src/platform/logging/loggable.js';
import { NestLog } from '../../../src/platform/logging/nest-log.js';
import { createLogs, type Logs } from '../../../src/platform/logging/root-logger.js';

declareLogFields({ critical: 'boolean', lookups: 'texts', shed: 'counts' });

const SECRET = '+15557319246';
const lines: string[] = [];

const out = { write: (text: string) => void lines.push(...text.trimEnd().split('\n')) };
const createTestLogs = (level: string): Logs => createLogs(level, 'eu', { service: out, audit: out, anonymous: out });

/** Returns the lines that `write` causes, without the fields that every line has. */
function written(
  write: (log: Logger, requests: Logs['requests'], audit: Logs['audit']) => void,
  level = 'trace',
): Record<string, unknown>[] {
  lines.length = 0;
  const { log, requests, audit } = createTestLogs(level);
  write(log, requests, audit);
  return lines.map((line) => {
    const { time, pid, region, ...rest } = JSON.parse(line) as Record<string, unknown>;
    expect([typeof time, pid, region]).toEqual(['string', process.pid, 'eu']);
    return rest;
  });
}
const UNTRACED = { trace_id: undefined, span_id: undefined };

describe('a log line', () => {
  it('writes every declared field whose value has the declared kind', () => {
    const fields = { route: '/lookup/:name', status: 200, critical: false, lookups: ['customer'], caller: undefined };
    expect(written((log) => log.info(fields, 'request'))).toEqual([
      { level: 30, route: '/lookup/:name', status: 200, critical: false, lookups: ['customer'], msg: 'request' },
    ]);
  });

  it('writes no undeclared field and no value of another kind', () => {
    const strange = { ani: SECRET, req: { url: SECRET }, constructor: SECRET, ['__proto__']: SECRET, status: SECRET };
    const kinds = {
      route: { path: SECRET },
      lookups: [{ ani: SECRET }],
      caller: SECRET.repeat(100),
      error: { message: SECRET },
    };
    expect(written((log) => log.warn({ ...strange, ...kinds, tenant: '10001' }, 'a line'))).toEqual([
      { level: 40, tenant: '10001', msg: 'a line' },
    ]);
  });

  it('writes no text of an error and no format arguments into a log line', () => {
    const error = Object.assign(new Error(SECRET), { cause: new Error(SECRET), config: { url: SECRET } });
    const output = written((log) => {
      log.error(error);
      log.error(error, 'failed for %s', SECRET);
      log.error({ err: error });
      log.info('asked for %s and %o', SECRET, { SECRET });
      log.info({ msg: SECRET, err: error }, 'request');
    });
    expect(JSON.stringify(output)).not.toContain(SECRET);
    expect(output.map(({ msg }) => msg)).toEqual(['error', 'failed for %s', '', 'asked for %s and %o', 'request']);
  });

  it('writes a map of counts only if every count is a number', () => {
    const counts = { shed: { 'crm rate ivr': 2 } };
    expect(written((log) => log.warn(counts, 'a line'))).toMatchObject([counts]);
    expect(written((log) => log.warn({ shed: { crm: SECRET } }, 'a line'))).toEqual([{ level: 40, msg: 'a line' }]);
  });

  it('declares no log field with two kinds', () => {
    expect(() => declareLogFields({ critical: 'text' })).toThrow('log field critical is declared as boolean');
  });

  it('does not copy a log line if all its fields are declared', () => {
    const line = { route: '/health', status: 200 };
    expect(loggable(line)).toBe(line);
  });
});

describe('the log line of a request', () => {
  const line = {
    requestId: 'r-1',
    route: '/lookup/:name',
    method: 'POST',
    status: 200,
    durationMs: 1.2,
    caller: 'architect',
    user: 'b'.repeat(24),
    lookup: 'customer',
    tenant: '10001',
    entry: 'a'.repeat(64),
    cache: 'HIT',
    reason: undefined,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    span_id: '00f067aa0ba902b7',
  };

  it('writes the same request line as the logger for the same fields', () => {
    expect(loggable(line)).toBe(line);
    const both = written((log, requests) => {
      log.info(line, 'request');
      requests.write(line);
    });
    const [logged, { audit, seq, instance, ...requested } = {}] = both;
    expect(requested).toEqual(logged);
    expect([audit, seq, instance]).toEqual(['dip', 1, expect.stringMatching(/^[0-9a-f]{8}$/)]);
  });

  it('omits undefined fields and escapes texts in the request line', () => {
    const dipless = { lookup: undefined, tenant: undefined, entry: undefined, cache: undefined };
    const unknown = { caller: undefined, user: undefined, ...dipless, ...UNTRACED };
    const [requestLine] = written((_log, requests) =>
      requests.write({ ...line, ...unknown, route: 'a "quoted"\nroute' }),
    );
    expect(requestLine).toEqual({
      ...{ level: 30, requestId: 'r-1', route: 'a "quoted"\nroute', method: 'POST', status: 200, durationMs: 1.2 },
      msg: 'request',
    });
  });

  it('writes no request line if the log level excludes it', () => {
    const other = { ...line, lookup: undefined };
    expect(written((_log, requests) => requests.write(other), 'warn')).toEqual([]);
  });
});

describe('an audit line', () => {
  const line = { requestId: 'r-1', route: '/lookup/:name', method: 'POST', status: 200, durationMs: 1.2 };
  const dipped = { lookup: 'customer', tenant: '10001', entry: 'a', cache: 'HIT', reason: undefined };
  const dip = { ...line, ...UNTRACED, caller: 'architect', user: undefined, ...dipped };

  it.each(['info', 'error', 'silent'])('writes audit lines at level %s', (level) => {
    const output = written((_log, requests, audit) => {
      requests.write(dip);
      audit.write('invalidation', { caller: 'hook' }, 'audit');
    }, level);
    expect(output).toMatchObject([
      { audit: 'dip', seq: 1, lookup: 'customer' },
      { audit: 'invalidation', seq: 2, caller: 'hook' },
    ]);
  });

  it('writes no undeclared field into an audit line', () => {
    const strange = { ani: SECRET, caller: { SECRET }, tenant: '10001' };
    const output = written((_log, _requests, audit) => audit.write('invalidation', strange, 'audit'));
    expect(output).toMatchObject([{ audit: 'invalidation', tenant: '10001' }]);
    expect(JSON.stringify(output)).not.toContain(SECRET);
  });

  it('says how many audit lines were lost', () => {
    expect(written((_log, _requests, audit) => audit.linesLost(7), 'silent')).toMatchObject([
      { audit: 'lost', lines: 7, seq: 1 },
    ]);
  });
});

describe('describeError', () => {
  it('describes an error of Datadip by class, message, code and code locations', () => {
    const { stack, ...description } = describeError(new StoreUnavailable('the store is away'));
    expect(description).toEqual({ type: 'StoreUnavailable', message: 'the store is away', code: 'store_unavailable' });
    expect(stack[0]).toMatch(/^at .*lines\.spec\.ts:\d+:\d+\)?$/);
  });

  it('describes any other error without its message', () => {
    const named = { [SECRET]: class extends Error {} }[SECRET] as new (text: string) => Error;
    const errors: unknown[] = [
      new TypeError(SECRET),
      new Error(
        `first\n    at /${SECRET}.js:1:1\n    at ${SECRET}\n    at f (file:///${SECRET} x:1:1)\n    at ${SECRET} (file:///a.js:1:1)`,
      ),
      Object.assign(new Error('no'), { code: SECRET, name: SECRET, stack: `${SECRET}\n    at ${SECRET}` }),
      new AggregateError([new Error(SECRET)], SECRET, { cause: SECRET }),
      new named('no'),
      Object.assign(Object.create(Error.prototype) as object, { constructor: { name: SECRET }, stack: { SECRET } }),
      SECRET,
      { message: SECRET },
    ];
    expect(JSON.stringify(errors.map(describeError))).not.toContain(SECRET);
    expect(describeError(Object.assign(new TypeError('x'), { code: 'ECONNREFUSED' }))).toMatchObject({
      type: 'TypeError',
      message: undefined,
      code: 'ECONNREFUSED',
    });
  });
});

describe('the log of the framework', () => {
  it('logs warnings and errors of the framework without their text', () => {
    const output = written((log) => {
      const nest = new NestLog(new PinoLogger({ pinoHttp: { logger: log } }), {});
      nest.error(new Error(SECRET), 'Scheduler');
      nest.error(SECRET, `Error: ${SECRET}\n    at ${SECRET}`, 'ExceptionsHandler');
      nest.warn(`no ${SECRET}`, 'Router');
      nest.fatal({ message: SECRET }, SECRET);
    });
    expect(JSON.stringify(output)).not.toContain(SECRET);
    expect(output).toMatchObject([
      { level: 50, context: 'Scheduler', error: { type: 'Error' } },
      { level: 50, context: 'ExceptionsHandler', error: { type: 'string' } },
      { level: 40, context: 'Router' },
      { level: 60, context: 'Nest' },
    ]);
  });

  it('logs start-up messages of the framework at the debug level', () => {
    const output = written((log) => {
      new NestLog(new PinoLogger({ pinoHttp: { logger: log } }), {}).log('Mapped {/health, GET} route', 'Router');
    });
    expect(output).toEqual([{ level: 20, context: 'Router', msg: 'Mapped {/health, GET} route' }]);
  });
});
