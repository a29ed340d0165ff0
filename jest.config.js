// The suite drives real processes; each test file has its own data directories and ports, so files run side by side.
/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }] },
  testEnvironment: 'node',
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/support/spread.js',
  testTimeout: 30_000,
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
  reporters: [
    'default',
    '<rootDir>/test/support/proof-of-docs.js',
    '<rootDir>/test/support/forge-operations.js',
    '<rootDir>/test/support/closing-line.js',
  ],
};
