import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { type ErrorDetail, defineErrors, messageOf } from '#base/kernel';
import { type Config, type Setting, type SettingName, settings } from './config.schema.js';

const configError = defineErrors({
  configuration_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'One or more settings cannot be used. Every one of them is listed by name; correct them and start again.',
  },
});

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory against which relative paths and `chapar.yaml` are resolved. */
  readonly cwd: string;
}

/**
 * Reads the configuration: environment over `chapar.yaml` over defaults. `<NAME>_FILE` names a file that holds a secret.
 * @throws ChaparError `configuration_invalid` naming every bad setting at once; values of secrets are never quoted.
 */
export function loadConfig(sources: ConfigSources): Config {
  const details: ErrorDetail[] = [];
  const fromFile = readYaml(sources.cwd, details);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings) as [SettingName, Setting][]) {
    const raw = rawValue(setting, sources.env, details) ?? fromFile.get(setting.env);
    const parsed = setting.schema.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else details.push(describe(setting, raw, parsed.error));
  }
  for (const key of fromFile.keys()) {
    if (!knownNames.has(key)) details.push({ field: key, code: 'unknown', message: `${key} in chapar.yaml is not a setting` });
  }
  if (details.length > 0) {
    const lines = details.map((detail) => `  ${detail.message}`).join('\n');
    throw configError('configuration_invalid', `The configuration cannot be used:\n${lines}`, { details });
  }
  return Object.freeze(complete(values as unknown as Config, sources.cwd));
}

const knownNames = new Set<string>(Object.values(settings).map((setting) => setting.env));

function complete(values: Config, cwd: string): Config {
  return {
    ...values,
    dataDir: path.resolve(cwd, values.dataDir),
    ...(values.shapingFile !== undefined && { shapingFile: path.resolve(cwd, values.shapingFile) }),
    publicUrl: values.publicUrl ?? `http://localhost:${values.httpPort}`,
  };
}

function rawValue(setting: Setting, env: ConfigSources['env'], details: ErrorDetail[]): string | undefined {
  const direct = env[setting.env];
  if (direct !== undefined && direct !== '') return direct;
  const file = setting.secret ? env[`${setting.env}_FILE`] : undefined;
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    details.push({ field: setting.env, code: 'unreadable', message: `${setting.env}_FILE: ${messageOf(error)}` });
    return undefined;
  }
}

function readYaml(cwd: string, details: ErrorDetail[]): Map<string, unknown> {
  const file = path.join(cwd, 'chapar.yaml');
  if (!existsSync(file)) return new Map();
  try {
    const parsed = z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .safeParse(parseYaml(readFileSync(file, 'utf8')) ?? {});
    if (parsed.success) return new Map(Object.entries(parsed.data).map(([key, value]) => [key, String(value)]));
    details.push({ field: 'chapar.yaml', code: 'shape', message: 'chapar.yaml must be a flat map of setting names to values' });
  } catch (error) {
    details.push({ field: 'chapar.yaml', code: 'syntax', message: `chapar.yaml cannot be read: ${messageOf(error)}` });
  }
  return new Map();
}

function describe(setting: Setting, raw: unknown, error: z.ZodError): ErrorDetail {
  const reason = error.issues[0]?.message ?? 'invalid';
  const shown = setting.secret || raw === undefined ? '' : ` (got "${String(raw)}")`;
  return { field: setting.env, code: 'invalid', message: `${setting.env}: ${reason}${shown}` };
}

/** The configuration as printable pairs, secrets replaced by `[redacted]`. */
export function redactConfig(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    (Object.entries(settings) as [SettingName, Setting][]).map(([name, setting]) => {
      const value = config[name];
      return [setting.env, setting.secret && value !== undefined ? '[redacted]' : value];
    }),
  );
}
