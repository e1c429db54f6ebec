import { get, post, raw, type HttpAnswer } from './http.js';
import type { ScriptedOrigin } from './origin.js';

type Headers = Readonly<Record<string, string>>;

/** A process of a region, inside the test's own process or outside. */
export interface RegionProcess {
  readonly url: string;
  /** Every line logged so far. */
  readonly logs: Record<string, unknown>[];
  stop(): Promise<unknown>;
}

interface RegionParts<Process> {
  /** The value of `REGION`. */
  readonly name: string;
  readonly processes: readonly Process[];
  readonly scriptedOrigin: ScriptedOrigin | undefined;
  readonly defaultHeaders: Headers;
}

/**
 * Running processes of one region with their scripted origin, and the requests that tests send to
 * them. `at` is the index of a process.
 */
export class Region<Process extends RegionProcess> implements RegionParts<Process> {
  readonly name: string;
  readonly processes: readonly Process[];
  readonly scriptedOrigin: ScriptedOrigin | undefined;
  readonly defaultHeaders: Headers;

  constructor({ name, processes, scriptedOrigin, defaultHeaders }: RegionParts<Process>) {
    this.name = name;
    this.processes = processes;
    this.scriptedOrigin = scriptedOrigin;
    this.defaultHeaders = defaultHeaders;
  }

  get origin(): ScriptedOrigin {
    if (this.scriptedOrigin === undefined) throw new Error('the region was started without a scripted origin');
    return this.scriptedOrigin;
  }

  /** The log lines of all processes. */
  get logs(): Record<string, unknown>[] {
    return this.processes.flatMap(({ logs }) => logs);
  }

  process(at = 0): Process {
    const process = this.processes[at];
    if (process === undefined) throw new RangeError(`the region has no process ${at}`);
    return process;
  }

  url(path = '', at = 0): string {
    return this.process(at).url + path;
  }

  headers(more: Headers = {}): Record<string, string> {
    return { ...this.defaultHeaders, ...more };
  }

  get(path: string, at = 0, headers: Headers = {}): Promise<HttpAnswer> {
    return get(this.url(path, at), this.headers(headers));
  }

  post(path: string, body: unknown, at = 0, headers: Headers = {}): Promise<HttpAnswer> {
    return post(this.url(path, at), body, this.headers(headers));
  }

  /** Sends a request with any method; a body is sent as JSON text without a content type. */
  send(method: string, path: string, body?: unknown, at = 0, headers: Headers = {}): Promise<HttpAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return raw(method, this.url(path, at), text, this.headers(headers));
  }

  /** POSTs the inputs to a lookup. */
  lookup(name: string, inputs: Readonly<Record<string, unknown>>, at = 0, headers: Headers = {}): Promise<HttpAnswer> {
    return this.post(`/lookup/${name}`, inputs, at, headers);
  }

  /** Stops the processes, then the scripted origin. */
  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
    await this.scriptedOrigin?.stop();
  }
}
