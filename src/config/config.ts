import type { ValueKey } from '../kernel/value-cipher.js';

/** The settings of the process itself: where it listens, how long callers wait, how much work it accepts. */
export interface ServerConfig {
  readonly mode: 'development' | 'production';
  /** The declaration file that was read, as an absolute path. */
  readonly file: string;
  readonly host: string;
  /** 0 lets the operating system choose one. */
  readonly port: number;
  readonly region: string;
  /** The longest a caller waits for any lookup answer, counted from the arrival of the request. */
  readonly deadlineMs: number;
  readonly logLevel: string;
  /** Who may ask from a browser. Empty: nobody. */
  readonly corsOrigins: readonly string[];
  /** True where anonymous requests are the caller `sandbox`. */
  readonly sandbox: boolean;
  /** Requests this process takes on at a time; beyond it 503. */
  readonly maxInFlight: number;
  /**
   * Whether the process runs its code warm before it reports ready. `false` makes a start shorter and
   * the first answers slower: for tests and for machines that start often. Default `true`.
   */
  readonly warmUp: boolean;
}

/** The secrets of the deployment, the callers' own excepted. */
export interface SecretsConfig {
  /** Keys the hash of every identifier; a fixed development value where none is set outside production. */
  readonly keySecret: string;
  /** The first one writes, all read. Empty: stored values are not encrypted. */
  readonly valueKeys: readonly ValueKey[];
}

/**
 * The settings of one deployment: the environment and the declaration file, read once, checked together and frozen.
 * Only `config/` reads `process.env`. `ConfigModule` provides each section under a token of `tokens.ts`.
 */
export interface Config extends ServerConfig, SecretsConfig {
  /** `undefined` means that entries live in this process only. */
  readonly redis: RedisConfig | undefined;
  readonly near: NearConfig;
  readonly systems: ReadonlyMap<string, SystemConfig>;
  readonly lookups: ReadonlyMap<string, LookupConfig>;
  /** Optional systems the environment says nothing of; neither they nor what is answered from them is offered. */
  readonly leftOut: readonly string[];
  readonly callers: ReadonlyMap<string, CallerConfig>;
  readonly agents: AgentsConfig;
}

/** How the state of agents ages. */
export interface AgentsConfig {
  /**
   * An agent not heard of for longer is stale: not handed out. 1,000 to 86,400,000; default 43,200,000 (12 h, a shift), because
   * platforms tell of changes alone, and who waits quietly for calls is not heard of; 300,000 is right where the platform is read, too.
   */
  readonly agentTtlMs: number;
  /**
   * Whether the platform is asked about an agent before a claim of them is answered. Default false: it makes a claim as slow as the
   * platform, and costs a call of it each. Needs a platform of the tenant under `reconcile`.
   */
  readonly verifyOnClaim: boolean;
  /** The longest that question may take, and never past the deadline; then the claim stands as it is. 10 to 10,000; default 500. */
  readonly verifyWithinMs: number;
  /** Platforms that are read: now and then, so that a lost event does not stay lost, and when one agent is in question. */
  readonly reconcile: readonly ReconcileConfig[];
}

export interface ReconcileConfig {
  readonly platform: 'genesys' | 'cxone';
  /** A declared system: the platform's API; for CXone up to and with `/services/vXX.0`. */
  readonly system: string;
  /** Whose agents these are. */
  readonly tenant: string;
  /** 1,000 to 3,600,000; default 60,000. */
  readonly everyMs: number;
}

export interface RedisConfig {
  /** One URL is a standalone server, several are the seed nodes of a cluster. */
  readonly urls: readonly string[];
  /** The longest any command may take before it counts as failed. */
  readonly timeoutMs: number;
}

/** Bounds of the copies held inside the process. */
export interface NearConfig {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** A system of record. */
export interface SystemConfig {
  readonly name: string;
  readonly baseUrl: string;
  readonly auth: SystemAuth;
  /** The longest one attempt may take. */
  readonly timeoutMs: number;
  readonly limits: SystemLimits;
}

export type SystemAuth =
  | { readonly type: 'none' }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'header'; readonly name: string; readonly value: string }
  | TokenAuth;

/** A client of a platform, which shows a token that runs out. Systems with the same client share its tokens and its budget. */
export type TokenAuth = GenesysAuth | CxoneAuth;

export interface GenesysAuth extends ClientTerms {
  readonly type: 'genesys';
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface CxoneAuth extends ClientTerms {
  readonly type: 'cxone';
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

interface ClientTerms {
  /** Where tokens are got: `/oauth/token` of Genesys Cloud, `/authentication/v1/token/access-key` of CXone. */
  readonly loginUrl: string;
  /** The longest one request for a token may take; so long recovery takes when a login that hung is back. 10 to 10,000; default 1,500. */
  readonly tokenTimeoutMs: number;
  /** False, the default: a client that may write is refused, because nothing but reads is ever sent. */
  readonly allowWrite: boolean;
  /** What counts as the right to write, `*` standing for anything. Default `*:add`, `*:edit`, `*:delete`, `*.write`. */
  readonly writePermissions: readonly string[];
}

/** What a system may be asked at most. */
export interface SystemLimits {
  /** Calls at one time from this process. */
  readonly maxConcurrent: number;
  /** Calls a second from all processes of the region together. Absent: no ceiling. */
  readonly maxPerSecond: number | undefined;
  /**
   * Calls in any 60 s from all processes of the region together, a fifth of them at one moment. Absent: no ceiling; for a client of
   * Genesys Cloud 300, which is what the platform gives it.
   */
  readonly maxPerMinute: number | undefined;
  /** Find the number of calls at a time that the system bears, up to `maxConcurrent`. */
  readonly adaptive: boolean;
  /** Background work is admitted only while no more than this share of the calls at a time is in use, and gets as much of the rate. */
  readonly backgroundShare: number;
  /** How long an ivr caller may wait for their turn. 0: not at all. */
  readonly queueMs: number;
  /** Other ceilings at certain times; of several windows that are open the last one counts. */
  readonly schedule: readonly LimitWindow[];
}

export interface LimitWindow {
  /** When the window begins, in the process's time zone. */
  readonly cron: string;
  /** How long it lasts. */
  readonly forMs: number;
  /** Absent: as outside the window. */
  readonly maxConcurrent: number | undefined;
  /** Absent: as outside the window. */
  readonly maxPerSecond: number | undefined;
}

/** One question that may be asked. */
export interface LookupConfig {
  readonly name: string;
  readonly description: string;
  /** In order: the first input that is present and usable identifies the entry. */
  readonly key: readonly KeyInput[];
  readonly origin: OriginConfig;
  /** JSONata over the record: the id that invalidation events name. */
  readonly customerId: string | undefined;
  readonly fields: ReadonlyMap<string, FieldConfig>;
  readonly cache: CachePolicy;
  readonly priority: Priority;
  /** Before which peaks its most asked entries are loaded. */
  readonly prewarm: readonly PrewarmConfig[];
  readonly limits: LookupLimits;
}

/** Requests for it to one process, and what it may ask of its system. */
interface LookupLimits extends RequestCeiling {
  /** Calls of its system in flight from this process. Absent: as many as the system bears, whatever other lookups need. */
  readonly maxCalls: number | undefined;
}

/** What may be asked of one process. Absent: no ceiling. */
export interface RequestCeiling {
  readonly maxPerSecond: number | undefined;
  /** Requests that are not answered yet. */
  readonly maxConcurrent: number | undefined;
}

export interface PrewarmConfig {
  /** When to begin, on this machine's clock: some minutes before the peak. */
  readonly cron: string;
  /** So many of the entries most asked for in the last day. */
  readonly top: number;
}

export type KeyKind = 'phone' | 'email' | 'id';

export interface KeyInput {
  readonly input: string;
  readonly kind: KeyKind;
}

export interface OriginConfig {
  readonly system: string;
  readonly method: 'GET' | 'POST';
  /** May hold `{input}` as a whole or part of a segment. */
  readonly path: string;
  /** Values may hold `{input}`; a pair whose input is absent is left out. Of several values each is a pair of its own. */
  readonly query: ReadonlyMap<string, string | readonly string[]>;
  /** Only with POST: a flat JSON object, filled like the query. */
  readonly body: ReadonlyMap<string, string> | undefined;
  /** JSONata over the answer; nothing there means not found. Absent: the whole answer is the record. */
  readonly record: string | undefined;
  readonly follow: FollowConfig | undefined;
}

/** Where a record may say that another one stands for it, such as the contact it was merged into. That one is then read and answered. */
export interface FollowConfig {
  /** JSONata over the record: the other one's id. Nothing there: the record is the answer. */
  readonly id: string;
  /** Of the same system; `{id}` is that id. */
  readonly path: string;
}

export type FieldValue = string | number | boolean;

export interface FieldConfig {
  readonly type: 'string' | 'boolean' | 'integer' | 'number';
  /** JSONata over the record. */
  readonly from: string;
  readonly default: FieldValue;
  /** For whoever builds a flow. Absent: the field's name has to do. */
  readonly description?: string;
}

/** How the entries of one lookup age. Every age is counted from the moment the value was kept. */
export interface CachePolicy {
  /** Up to this age an entry is served as it is. At least 1. */
  readonly ttlMs: number;
  /** For this long after `ttlMs` it is still served at once while one caller reloads it. 0: never served past its TTL. */
  readonly staleMs: number;
  /** How long "the origin does not know this caller" is remembered. 0: not at all. */
  readonly notFoundTtlMs: number;
  /** How long a copy inside the process may answer. 0: no copy is held. */
  readonly nearTtlMs: number;
}

export type Priority = 'ivr' | 'desktop' | 'background';

export const SCOPES = ['lookup', 'agents', 'invalidate', 'events', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

export interface CallerConfig {
  readonly name: string;
  readonly apiKeys: readonly string[];
  readonly hmacSecrets: readonly string[];
  /** `*` stands for every tenant. */
  readonly tenants: readonly string[];
  readonly scopes: readonly Scope[];
  readonly limits: RequestCeiling;
}
