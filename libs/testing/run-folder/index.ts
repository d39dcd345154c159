export { createRunFolder, removeRunFolder, removeTestDataDir, sweepDeadRuns } from './run-folder.js';
