export { httpLimits } from './http-limits.js';
export { type RoleContext, type RoleOptions, type RunningRole, runRole } from './run-role.js';
