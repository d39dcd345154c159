export { type Config, type Setting, type SettingName, settings } from './config.schema.js';
export { type ConfigSources, loadConfig, redactConfig } from './load-config.js';
export { childEnvironment, processConfig } from './process-config.js';
