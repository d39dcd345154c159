export { type RoleContext, type RoleOptions, type RunningRole, runRole } from './run-role.js';
