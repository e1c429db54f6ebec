import { project } from '../../jest.config.js';

/**
 * The long form of the proof: `npm run prove`.
 * `PROVE_READS` is the number of reads. The default is one million.
 */
export default {
  ...project,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/proof/*.prove.ts'],
  maxWorkers: 1,
  workerIdleMemoryLimit: '1GB',
  testTimeout: 60 * 60_000,
};
