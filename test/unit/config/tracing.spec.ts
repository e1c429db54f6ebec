import { describe, expect, it } from '@jest/globals';
import { Variables } from '../../../src/config/environment/variables.js';
import { readTracing, TRACING_VARIABLES } from '../../../src/config/sections/tracing.js';
import { kindOf } from '../../fixtures/config/problem-kinds.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

function read(env: Readonly<Record<string, string>>) {
  const variables = new Variables(env, TRACING_VARIABLES);
  const tracing = readTracing(variables, true);
  return { tracing, problems: variables.problems.map(({ key, value, message }) => [key, value, kindOf(message)]) };
}

describe('tracing in the environment', () => {
  it('is off without an endpoint', () => {
    expect(read({ OTEL_TRACES_SAMPLER_ARG: '1' })).toEqual({ tracing: undefined, problems: [] });
  });

  it('has defaults', () => {
    const url = 'http://collector:4318/v1/traces';
    expect(read(ENDPOINT).tracing).toEqual({ url, headers: {}, ratio: 0.01, serviceName: 'datadip' });
  });

  it('keeps the path of the endpoint, and decodes headers', () => {
    const { tracing } = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example.com/base/',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20YTpi, x-team=a%2Cb',
      OTEL_TRACES_SAMPLER_ARG: '0.5',
      OTEL_SERVICE_NAME: 'dips',
    });
    expect(tracing).toEqual({
      url: 'https://otlp.example.com/base/v1/traces',
      headers: { authorization: 'Basic YTpi', 'x-team': 'a,b' },
      ratio: 0.5,
      serviceName: 'dips',
    });
  });

  it.each<[Record<string, string>, string, string | undefined, string]>([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      '"collector:4318"',
      'not a collector',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a?b' }, 'OTEL_EXPORTER_OTLP_ENDPOINT', '"http://a?b"', 'not a collector'],
    [{ ...ENDPOINT, OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG', '"1.5"', 'not a share'],
    [{ ...ENDPOINT, OTEL_SERVICE_NAME: 'a b' }, 'OTEL_SERVICE_NAME', '"a b"', 'not a service name'],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: 'a=secret' },
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      '"http://collector:4318"',
      'headers in plaintext',
    ],
  ])('is refused: %j', (env, ...problem) => {
    expect(read(env).problems).toEqual([problem]);
  });

  it.each(['secret', 'a b=secret', 'a=secret%0d%0ax: y', 'a=secret%'])('never shows a bad header: %s', (text) => {
    const [[key, value] = []] = read({ ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: text }).problems;
    expect([key, value]).toEqual(['OTEL_EXPORTER_OTLP_HEADERS', undefined]);
  });
});
