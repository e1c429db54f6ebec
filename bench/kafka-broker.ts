/**
 * Runs Kafka with the topics of the regions, until SIGTERM. Prints its address as one line of JSON.
 * Needs `--experimental-transform-types`.
 *
 * Argument: the number of partitions of each topic.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const isOwnModule = /^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts') === true;
    return next(isOwnModule ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});

const { startKafka } = await import('../test/support/kafka.js');
const { createTopics } = await import('../test/support/kafka-topics.js');

const kafka = await startKafka();
process.once('SIGTERM', () => void kafka.stop().then(() => process.exit(0)));
await createTopics(kafka.address, '', Number(process.argv[2] ?? 12));
console.log(JSON.stringify({ address: kafka.address }));
