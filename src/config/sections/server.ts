import type { VariableDoc, Variables } from '../environment/variables.js';

/** `ServerConfig` */
export const SERVER_CONFIG = Symbol('server config');
/** `string`: the name of the region that this process serves. */
export const REGION = Symbol('region');

/** The settings of the process: its address, the time callers wait, the work it accepts. */
export interface ServerConfig extends ServerEnvironment {
  /** The declaration file, as an absolute path. */
  readonly file: string;
  /** `true` means that a request without credentials belongs to the caller `sandbox`. */
  readonly sandbox: boolean;
}

/** The part of `ServerConfig` that environment variables decide. */
export interface ServerEnvironment {
  /** `production` refuses to start with missing secrets, without callers or with the sandbox. */
  readonly mode: 'development' | 'production';
  /** The address or host name to listen on. Default `0.0.0.0`: all addresses of the machine. */
  readonly host: string;
  /** 0 to 65,535. 0 lets the operating system choose a port. Default 3000. */
  readonly port: number;
  /** The name of the region of this deployment. Default `local`. */
  readonly region: string;
  /**
   * The longest a caller waits for a lookup answer, counted from the arrival of the request.
   * In milliseconds, 100 to 30,000. Default 2,500.
   */
  readonly deadlineMs: number;
  /**
   * How long the process serves after SIGTERM while it is already not ready. In milliseconds, 0 to
   * 60,000. Default 5,000 in production: a load balancer that probes every 2 s notices. Default 0
   * in development.
   */
  readonly drainDelayMs: number;
  /** A level of pino. Above `info` the log has no access lines except the access lines of dips. */
  readonly logLevel: string;
  /** The origins whose pages may call Datadip from a browser. An empty list means no origin. */
  readonly corsOrigins: readonly string[];
  /**
   * Concurrent requests of known callers, 1 to 1,000,000. The process answers further requests
   * with 503. Default 10,000.
   */
  readonly maxInFlight: number;
  /**
   * `true` means that the process runs its code warm before it reports ready. `false` makes a start
   * shorter and the first answers slower: for tests and for machines that start often.
   */
  readonly warmUp: boolean;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const SERVER_VARIABLES: readonly VariableDoc[] = [
  {
    name: 'PORT',
    meaning: 'The port to listen on, 0 to 65535. 0 lets the operating system choose a port.',
    default: '3000',
    isSecret: false,
  },
  {
    name: 'HOST',
    meaning: 'The address or host name to listen on. 0.0.0.0 means all addresses of the machine.',
    default: '0.0.0.0',
    isSecret: false,
  },
  {
    name: 'NODE_ENV',
    meaning:
      'production or development. Production refuses to start with missing secrets, without callers or with the sandbox. Every other value means production. `npm start` sets development.',
    default: 'production',
    isSecret: false,
  },
  {
    name: 'REGION',
    meaning: 'The name of the region of this deployment: at most 32 letters, digits, `_` or `-`.',
    default: 'local',
    isSecret: false,
  },
  {
    name: 'DATADIP_CONFIG',
    meaning:
      'The path of the YAML file that declares systems, lookups and callers. If the variable is empty, Datadip reads the bundled sandbox file, which explains every key.',
    default: '',
    isSecret: false,
  },
  {
    name: 'CRM_BASE_URL',
    meaning:
      'The address of the CRM. The bundled file reads the address as ${CRM_BASE_URL}. Another file may read other variables. If the variable is empty, the sandbox replaces the CRM.',
    default: '',
    isSecret: true,
  },
  {
    name: 'SANDBOX',
    meaning:
      'Stand-in systems in a child process: on, off or auto. Datadip then answers requests without credentials, so production refuses on. auto means on if NODE_ENV is development and neither DATADIP_CONFIG nor CRM_BASE_URL is set.',
    default: 'auto',
    isSecret: false,
  },
  {
    name: 'SANDBOX_HOST',
    meaning: 'The address that the sandbox listens on.',
    default: '127.0.0.1',
    isSecret: false,
  },
  {
    name: 'SANDBOX_PORT',
    meaning:
      'The port that the sandbox listens on, 0 to 65535. 0 lets the operating system choose a port. If the port is taken and the service started the sandbox, the operating system chooses, too.',
    default: '3001',
    isSecret: false,
  },
  {
    name: 'DEADLINE_MS',
    meaning:
      'The longest a caller waits for a lookup answer, counted from the arrival of the request. In milliseconds, 100 to 30000.',
    default: '2500',
    isSecret: false,
  },
  {
    name: 'DRAIN_DELAY_MS',
    meaning:
      'How long the process serves after SIGTERM while it is already not ready, so that load balancers notice. In milliseconds, 0 to 60000. The default is 5000 in production, and 0 in development.',
    default: '5000',
    isSecret: false,
  },
  {
    name: 'CORS_ORIGINS',
    meaning:
      'The origins whose pages may call Datadip from a browser, such as https://apps.mypurecloud.com, separated by commas. If the variable is empty, no origin may call.',
    default: '',
    isSecret: false,
  },
  {
    name: 'MAX_IN_FLIGHT',
    meaning:
      'Concurrent requests of known callers of one process, 1 to 1000000. The process answers further requests with 503 and Retry-After.',
    default: '10000',
    isSecret: false,
  },
  {
    name: 'WARM_UP',
    meaning:
      'on: the process executes its code before it reports ready, so that the code is compiled. off, for tests: the first answers are slower.',
    default: 'on',
    isSecret: false,
  },
  {
    name: 'LOG_LEVEL',
    meaning:
      'The lowest level to log: fatal, error, warn, info, debug, trace or silent. Audit lines, which the access lines of dips are, are written at every level.',
    default: 'info',
    isSecret: false,
  },
];

export function readServer(variables: Variables, isProduction: boolean, sandboxRuns: boolean): ServerEnvironment {
  checkSandbox(variables, isProduction, sandboxRuns);
  return {
    mode: isProduction ? 'production' : 'development',
    host: variables.textLike('HOST', /^[A-Za-z0-9._:%-]+$/, '0.0.0.0', 'must be an address or a host name'),
    port: variables.whole('PORT', 0, 65_535, 3000),
    region: variables.textLike(
      'REGION',
      /^[A-Za-z0-9_-]{1,32}$/,
      'local',
      'must be at most 32 letters, digits, `_` or `-`',
    ),
    deadlineMs: variables.whole('DEADLINE_MS', 100, 30_000, 2500, ' of milliseconds'),
    drainDelayMs: variables.whole('DRAIN_DELAY_MS', 0, 60_000, isProduction ? 5000 : 0, ' of milliseconds'),
    logLevel: variables.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    corsOrigins: readCorsOrigins(variables),
    maxInFlight: variables.whole('MAX_IN_FLIGHT', 1, 1_000_000, 10_000),
    warmUp: variables.oneOf('WARM_UP', ['on', 'off'], 'on') === 'on',
  };
}

/** The sandbox answers requests without credentials, so production refuses it. */
function checkSandbox(variables: Variables, isProduction: boolean, sandboxRuns: boolean): void {
  const word = variables.oneOf('SANDBOX', ['on', 'off', 'auto'], 'auto');
  if (isProduction && (word === 'on' || sandboxRuns))
    variables.refuse('SANDBOX', 'is not allowed in production: set SANDBOX=off');
}

function readCorsOrigins(variables: Variables): readonly string[] {
  const origins = variables.list('CORS_ORIGINS');
  if (origins.every(isOrigin)) return origins;
  variables.refuse(
    'CORS_ORIGINS',
    'must be origins such as https://apps.mypurecloud.com, separated by commas, without a path',
  );
  return [];
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}
