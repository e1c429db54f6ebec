import type { AgentDirectory } from '../../src/contracts/agent-directory.js';
import { SystemClock, type WallClock } from '../../src/kernel/clock.js';
import { StaticAuth } from '../../src/origins/auth/static-auth.js';
import { HttpDriver } from '../../src/origins/http/http-driver.js';
import { systemRoute } from '../../src/origins/http/route.js';
import type { Origin } from '../../src/origins/origin.js';
import { OriginMetrics } from '../../src/origins/origin.metrics.js';
import { MetricsRegistry } from '../../src/platform/metrics/metrics-registry.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox-server.js';
import { PlatformApi } from '../../src/vendors/platform-api.js';
import { raw } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';

type Json = Record<string, unknown>;

/** An implementation of the port, and how its platform names agents and issues tokens. */
export interface DirectoryKind {
  readonly platform: AgentDirectory['platform'];
  /** The path before the paths of the API. */
  readonly basePath: string;
  /** The platform's id of the sandbox's agent with this number. */
  readonly agentId: (n: number) => string;
  readonly logIn: (sandboxUrl: string) => Promise<unknown>;
  readonly open: (api: PlatformApi, clock: WallClock) => AgentDirectory;
}

/** No reading of the sandbox has a time of this year. */
const DIRECTORY_TIME_MS = Date.UTC(2001, 0, 1);
const TIMEOUT_MS = 10_000;
const LIMITS = {
  ...{ maxConcurrent: 4, maxPerSecond: undefined, maxPerMinute: undefined, adaptive: false, backgroundShare: 0.5 },
  ...{ queueMs: 0, schedule: [] },
};
const AT_ONCE = { api: { latencyMs: 0 }, login: { latencyMs: 0 } };

/** An agent directory on the product's own HTTP driver, and the sandbox it reads. */
export class DirectoryPlatform {
  /** The clock of the directory. */
  readonly clock = new ManualClock(DIRECTORY_TIME_MS);
  readonly directory: AgentDirectory;
  private readonly metrics = new OriginMetrics(new MetricsRegistry());
  private readonly drivers: HttpDriver[] = [];
  private driver: HttpDriver;
  private script: ScriptedOrigin | undefined;

  private constructor(
    private readonly kind: DirectoryKind,
    private readonly sandbox: Sandbox,
    token: string,
  ) {
    this.driver = this.driverFor(sandbox.url + kind.basePath);
    const credentials = new StaticAuth({ type: 'bearer', token }).current();
    const origin: Origin = {
      name: kind.platform,
      call: (request) => this.driver.begin(request, credentials, TIMEOUT_MS).answer,
    };
    this.directory = kind.open(new PlatformApi(origin, 'background', new SystemClock()), this.clock);
  }

  static async start(kind: DirectoryKind): Promise<DirectoryPlatform> {
    const sandbox = await startSandbox({ port: 0, genesys: AT_ONCE, cxone: AT_ONCE });
    return new DirectoryPlatform(kind, sandbox, String(await kind.logIn(sandbox.url)));
  }

  /** Sends a request to the sandbox's controls, below `/sandbox/`. */
  async control(method: string, path: string, body?: object): Promise<Json> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { status, json } = await raw(method, `${this.sandbox.url}/sandbox/${path}`, text);
    if (status !== 200 || json === undefined) throw new Error(`${method} ${path}: the sandbox answered ${status}`);
    return json;
  }

  /** Number of API calls that the sandbox has received. */
  async calls(): Promise<number> {
    return Number((await this.control('GET', `${this.kind.platform}/stats`)).calls);
  }

  /** From now on a scripted origin answers in place of the sandbox. */
  async answerFromScript(misbehave: (origin: ScriptedOrigin) => unknown): Promise<void> {
    this.script ??= await startOrigin();
    this.driver = this.driverFor(this.script.url);
    await misbehave(this.script);
  }

  async stop(): Promise<void> {
    for (const driver of this.drivers) driver.close();
    await this.script?.stop();
    await this.sandbox.close();
  }

  private driverFor(baseUrl: string): HttpDriver {
    const system = { name: this.kind.platform, baseUrl, timeoutMs: 2000, limits: LIMITS };
    const driver = new HttpDriver(system, systemRoute(system), new SystemClock(), this.metrics);
    this.drivers.push(driver);
    return driver;
  }
}
