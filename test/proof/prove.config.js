import base from '../../jest.config.js';

/** The long form of the proof: `npm run prove`. `PROVE_READS` says how many reads, one million where it is not set. */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/proof/*.prove.ts'],
  maxWorkers: 1,
  testTimeout: 60 * 60_000,
};
