import { cp, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificate } from './certificate.js';
import { findKafka, formatData, type KafkaFiles } from './find-kafka.js';
import { singleBroker, type BrokerSettings, type KafkaUser } from './kafka-settings.js';
import { OwnedProcess } from './owned-process.js';
import { freePort } from './private-port.js';
import { startProxy, type ChaosProxy } from './tcp-proxy.js';

/** The bound of a `beforeAll` that may install Java and download Kafka. */
export const KAFKA_STARTS_WITHIN_MS = 10 * 60_000;

const STARTS_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 25;
const PORT_ATTEMPTS = 5;

export interface KafkaOptions {
  /**
   * Names of lower case letters. Each name is a listener with its own proxy. So a test can slow,
   * hang or cut the traffic of one region. Default: none.
   */
  readonly links?: readonly string[];
  /** The links accept only TLS, with a certificate for 127.0.0.1 and localhost. Default: false. */
  readonly tls?: boolean;
  /**
   * The links demand these credentials: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, or OAUTHBEARER with
   * any unsigned token. Default: none.
   */
  readonly user?: KafkaUser;
}

/**
 * Starts Kafka as one process on loopback, without topics. The caller stops it. It never outlives
 * the test process.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<TestKafka> {
  const files = await findKafka();
  const dir = await mkdtemp(join(tmpdir(), 'datadip-kafka-'));
  const links = new Map<string, ChaosProxy>();
  try {
    // The target of a proxy is known only after the broker has ports.
    for (const name of options.links ?? []) links.set(name, await startProxy(1));
    const caFile = options.tls === true ? await certify(dir) : undefined;
    const broker = new TestKafka({ files, dir, links, caFile, user: options.user });
    await broker.start();
    return broker;
  } catch (error) {
    await Promise.all([...links.values()].map((link) => link.stop()));
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

/** Makes a certificate and the file that the broker reads. Returns the file of the authority. */
async function certify(dir: string): Promise<string> {
  const { caFile, keyFile, certFile } = await makeCertificate(dir);
  const pem = (await readFile(keyFile, 'utf8')) + (await readFile(certFile, 'utf8'));
  await writeFile(join(dir, 'keystore.pem'), pem);
  return caFile;
}

interface Parts {
  readonly files: KafkaFiles;
  readonly dir: string;
  readonly links: ReadonlyMap<string, ChaosProxy>;
  readonly caFile: string | undefined;
  readonly user: KafkaUser | undefined;
}

export class TestKafka {
  readonly caFile: string | undefined;
  private settings: BrokerSettings | undefined;
  private process: OwnedProcess | undefined;

  constructor(private readonly parts: Parts) {
    this.caFile = parts.caFile;
  }

  /** The address without TLS and credentials. It changes when the broker is replaced. */
  get address(): string {
    return `127.0.0.1:${this.settings?.internalPort}`;
  }

  /** The proxy of a link. */
  link(name: string): ChaosProxy {
    const link = this.parts.links.get(name);
    if (link === undefined) throw new RangeError(`the broker was started without the link ${name}`);
    return link;
  }

  /** The address of a link. It never changes. */
  linkAddress(name: string): string {
    return `127.0.0.1:${this.link(name).port}`;
  }

  /** Starts on new ports and with an empty data folder. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.settings = await this.newSettings();
      await this.prepareData(this.settings);
      try {
        await this.launch();
        return;
      } catch (error) {
        if (attempt === PORT_ATTEMPTS || !/BindException|Address already in use/.test(String(error))) throw error;
      }
    }
  }

  /** Pauses the broker: connections stay open, and nothing answers. */
  async pause(): Promise<void> {
    await this.process?.pause();
  }

  resume(): Promise<void> {
    this.process?.resume();
    return Promise.resolve();
  }

  /** Kills the process. The data stay. */
  async kill(): Promise<void> {
    await this.process?.kill();
  }

  /** Kills the process and starts it again at the same ports, with its data. */
  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  /** Kills the process and starts another, without its data and at other ports behind the links. */
  async replace(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.kill();
    await Promise.all([...this.parts.links.values()].map((link) => link.stop()));
    await rm(this.parts.dir, { recursive: true, force: true });
  }

  private async newSettings(): Promise<BrokerSettings> {
    const { dir, links, caFile, user } = this.parts;
    const withPorts = [...links].map(async ([name, proxy]) => {
      const port = await freePort();
      proxy.retarget(port);
      return { name, port, advertisedPort: proxy.port };
    });
    return {
      data: join(dir, 'data'),
      internalPort: await freePort(),
      controllerPort: await freePort(),
      links: await Promise.all(withPorts),
      keystoreFile: caFile === undefined ? undefined : join(dir, 'keystore.pem'),
      user,
    };
  }

  private async prepareData(settings: BrokerSettings): Promise<void> {
    const { files, dir, user } = this.parts;
    await rm(settings.data, { recursive: true, force: true });
    await writeFile(join(dir, 'server.properties'), singleBroker(settings));
    if (user === undefined) return cp(files.emptyData, settings.data, { recursive: true });
    // Passwords of SCRAM are a part of the formatted data.
    const secret = `[name=${user.name},password=${user.password}]`;
    const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((name) => ['--add-scram', `${name}=${secret}`]);
    return formatData(files, join(dir, 'server.properties'), scram);
  }

  private async launch(): Promise<void> {
    const { files, dir } = this.parts;
    const logFile = join(dir, 'kafka.log');
    const log = await open(logFile, 'w');
    const args = [...files.java, 'kafka.Kafka', join(dir, 'server.properties')];
    this.process = new OwnedProcess('java', args, { scratch: dir, output: log.fd });
    await log.close();
    try {
      await this.untilStarted(this.process, logFile);
    } catch (error) {
      await this.process.kill();
      throw new Error(`Kafka did not start: ${String(error)}\n${await readFile(logFile, 'utf8')}`, { cause: error });
    }
  }

  /**
   * Waits for a line of the broker's log. A test connection to the port could connect to itself
   * before the broker listens, and would keep the broker from its port.
   */
  private async untilStarted(server: OwnedProcess, logFile: string): Promise<void> {
    const untilMs = performance.now() + STARTS_WITHIN_MS;
    while (!(await readFile(logFile, 'utf8')).includes('Kafka Server started')) {
      if (!server.running) throw new Error('the process ended');
      if (performance.now() > untilMs) throw new Error(`not within ${STARTS_WITHIN_MS} ms`);
      await sleep(LOOK_EVERY_MS);
    }
  }
}
