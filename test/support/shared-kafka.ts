import { createServer, type Server } from 'node:http';
import { raw } from './http.js';
import { KAFKA_STARTS_WITHIN_MS, startKafka, type TestKafka } from './kafka.js';
import { listenPrivately } from './private-port.js';

/** The variable that names the service of the runner. */
const SERVICE = 'DATADIP_TEST_KAFKA_SERVICE';

/**
 * The Kafka of a run of the tests. Suites that stop or kill Kafka start their own.
 *
 * The runner starts it for the first suite that asks. A run without such a suite starts none. A
 * suite asks over HTTP, because each worker is a process.
 */
export class SharedKafka {
  private readonly server: Server;
  private broker: Promise<TestKafka> | undefined;

  constructor() {
    this.server = createServer((_request, response) => {
      this.broker ??= startKafka();
      this.broker.then(
        ({ address }) => response.end(address),
        (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
      );
    });
  }

  /** Sets the variable by which workers find this service. */
  async offer(): Promise<void> {
    process.env[SERVICE] = `http://127.0.0.1:${await listenPrivately(this.server)}`;
    this.server.unref();
  }

  async stop(): Promise<void> {
    this.server.close();
    const broker = await this.broker?.catch(() => undefined);
    await broker?.stop();
  }
}

/**
 * The address of the Kafka of this run, for `beforeAll` with `KAFKA_STARTS_WITHIN_MS`. Topics and
 * groups of a test have a prefix that no other test has.
 */
export async function sharedKafka(): Promise<string> {
  const service = process.env[SERVICE];
  if (service === undefined) throw new Error(`${SERVICE} is not set: run the tests by npm test`);
  const { status, text } = await raw('GET', service, undefined, {}, KAFKA_STARTS_WITHIN_MS);
  if (status !== 200) throw new Error(text);
  return text;
}
