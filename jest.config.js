/**
 * Kind of test → its folder under `test`. `npm test -- --selectProjects unit security` runs some
 * of them.
 */
const FOLDERS = {
  unit: 'unit',
  contract: 'contract',
  integration: 'integration',
  e2e: 'e2e',
  security: 'security',
  proof: 'proof',
  support: 'support.spec',
};

/**
 * The settings of every project. Tests run on VM modules, because Nest 12 is ESM. SWC compiles
 * them, because it keeps decorator metadata.
 */
export const project = {
  testEnvironment: '<rootDir>/test/support/test-environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/leak-alarm.ts'],
};

export default {
  projects: Object.entries(FOLDERS).map(([displayName, folder]) => ({
    ...project,
    displayName,
    testMatch: [`<rootDir>/test/${folder}/**/*.spec.ts`],
  })),
  // More workers than two cores, because tests wait for some of their time. A fourth worker would
  // save no time, and would delay the others, so that leases and timeouts end early.
  maxWorkers: 3,
  // Ends a test that hangs. The runner reads the setting here and not in a project. It measures no
  // promise: a busy machine may be ten times as slow as an idle one.
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/support/longest-first.js',
  workerIdleMemoryLimit: '1GB',
};
