import type { VariableDoc, Variables } from '../environment/variables.js';
import { isPlaintextRemote } from '../security-warnings.js';

/** Where spans are sent, and how many requests are traced. */
export interface TracingConfig {
  /** The whole address that spans are sent to. It ends in `/v1/traces`. */
  readonly url: string;
  /** Headers of every export, such as the key of a vendor. Never logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** The share of requests that are traced, 0 to 1. Default 0.01. */
  readonly ratio: number;
  /** The name of the service in the spans. Default `datadip`. */
  readonly serviceName: string;
}

const DEFAULT_RATIO = 0.01;

export const TRACING_VARIABLES: readonly VariableDoc[] = [
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    meaning:
      'Where spans are sent: the http:// or https:// address of an OpenTelemetry collector that takes OTLP over HTTP, such as http://collector:4318. Datadip appends /v1/traces. If the variable is empty, tracing is not loaded.',
    default: '',
    isSecret: false,
  },
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    meaning:
      'Headers of every export, such as the key of a vendor: name=value, separated by commas. In a value, %2C is a comma. Production requires https:// for an endpoint on another host if headers are set.',
    default: '',
    isSecret: true,
  },
  {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    meaning:
      'The share of requests that are traced, 0 to 1. A request whose traceparent is sampled is traced as well, at most 10 per second. 0 traces only those requests.',
    default: '0.01',
    isSecret: false,
  },
  {
    name: 'OTEL_SERVICE_NAME',
    meaning: 'The name of the service in the spans: at most 64 letters, digits, ., _ or -.',
    default: 'datadip',
    isSecret: false,
  },
];

const SHARE = /^(0(\.\d{1,9})?|1(\.0{1,9})?)$/;
const SERVICE_NAME = /^[A-Za-z0-9._-]{1,64}$/;
/** A name of RFC 9110, and a value without control characters. */
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([\x20-\x7e]*)$/;

/** `undefined` means that tracing is off. */
export function readTracing(variables: Variables, isProduction: boolean): TracingConfig | undefined {
  const ratio = variables.textLike(
    'OTEL_TRACES_SAMPLER_ARG',
    SHARE,
    `${DEFAULT_RATIO}`,
    'must be a number from 0 to 1',
  );
  const serviceName = variables.textLike(
    'OTEL_SERVICE_NAME',
    SERVICE_NAME,
    'datadip',
    'must be at most 64 letters, digits, ., _ or -',
  );
  const headers = readHeaders(variables);
  const url = readUrl(variables);
  if (url === undefined) return undefined;
  if (isProduction && Object.keys(headers).length > 0 && isPlaintextRemote(url))
    variables.refuse('OTEL_EXPORTER_OTLP_ENDPOINT', 'must be https:// if OTEL_EXPORTER_OTLP_HEADERS is set');
  return { url: `${url.href.replace(/\/+$/, '')}/v1/traces`, headers, ratio: Number(ratio), serviceName };
}

function readUrl(variables: Variables): URL | undefined {
  const text = variables.text('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && /^https?:\/\/[^/]/i.test(text) && !/[\s\\]/.test(text)) return url;
  variables.refuse(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'must be http:// or https:// and a host, without user, query and fragment, such as http://collector:4318',
  );
  return undefined;
}

function readHeaders(variables: Variables): Readonly<Record<string, string>> {
  if (variables.text('OTEL_EXPORTER_OTLP_HEADERS') === undefined) return {};
  const pairs = variables.list('OTEL_EXPORTER_OTLP_HEADERS').map(headerOf);
  const wrong = pairs.indexOf(undefined);
  if (wrong >= 0)
    variables.refuse(
      'OTEL_EXPORTER_OTLP_HEADERS',
      `must be name=value, separated by commas (part ${wrong + 1} of ${pairs.length} is not)`,
    );
  return Object.fromEntries(pairs.filter((pair) => pair !== undefined));
}

function headerOf(part: string): readonly [name: string, value: string] | undefined {
  try {
    const [, name, value] = HEADER.exec(decodeURIComponent(part)) ?? [];
    return name === undefined || value === undefined ? undefined : [name, value];
  } catch {
    return undefined;
  }
}
