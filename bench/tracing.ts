import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bench } from './support/bench.ts';
import { compareNearHits } from './support/near-hits.ts';

/** Compares a near hit with 1 % of the requests traced with the same build without tracing. */
export const tracing: Bench = async (stage, pace) => {
  const collector = await startCollector();
  const { port } = collector.address() as AddressInfo;
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_TRACES_SAMPLER_ARG: '0.01' };
  try {
    return await compareNearHits(
      stage,
      [
        ['tracing of 1 %', { env }],
        ['no tracing', {}],
      ],
      pace,
    );
  } finally {
    collector.closeAllConnections();
    collector.close();
  }
};

/** Takes every export. */
async function startCollector(): Promise<Server> {
  const collector = createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'));
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  return collector;
}
