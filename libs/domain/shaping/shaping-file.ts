import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { type Logger, defineErrors, messageOf } from '#base/kernel';
import { projectFolder } from '#platform/files';
import { type Limits, type ShapingFileContent, shapingFileSchema } from './shaping-file.schema.js';
import { type ProviderShape, type ShapeOverride, type TrafficShaping, defaultBackoff } from './traffic-shaping.js';

export const shapingError = defineErrors({
  shaping_file_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The file with limits and reply rules cannot be used. Every fault is listed by its place in the file; correct them.',
  },
});

/** Where the table that comes with the product lies. */
const SHIPPED = path.join(projectFolder(), 'shaping', 'providers.yaml');
let shipped: TrafficShaping | undefined;

/** Public limits of large providers, and what experienced operators begin with where a provider publishes none. */
export function defaultTrafficShaping(): TrafficShaping {
  return (shipped ??= mergeShaping(readShapingFile(SHIPPED)));
}

/** @throws ChaparError `shaping_file_invalid` naming every fault at once by its path */
export function readShapingFile(file: string): ShapingFileContent {
  let raw: unknown;
  try {
    raw = parseYaml(readFileSync(file, 'utf8'), { maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw shapingError('shaping_file_invalid', `${file} cannot be read: ${messageOf(error)}`);
  }
  const parsed = shapingFileSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map(({ path: place, message, code }) => ({ field: place.join('.'), code, message }));
  const lines = details.map(({ field, message }) => `  ${field}: ${message}`).join('\n');
  throw shapingError('shaping_file_invalid', `${file} cannot be used:\n${lines}`, { details });
}

/** The shipped table with a user's file over it. @throws ChaparError `shaping_file_invalid` */
export function loadShaping(file: string | undefined): TrafficShaping {
  if (file === undefined) return defaultTrafficShaping();
  return mergeShaping(readShapingFile(file), defaultTrafficShaping());
}

function mergeShaping(own: ShapingFileContent, base?: TrafficShaping): TrafficShaping {
  const fallback = base?.providers.default ?? (toShape(own.providers['default'] ?? {}) as ProviderShape);
  const providers: Record<string, ProviderShape> & { default: ProviderShape } = { ...base?.providers, default: fallback };
  const names = Object.keys(own.providers).sort((a, b) => Number(b === 'default') - Number(a === 'default'));
  for (const name of names) providers[name] = applyShape(providers[name] ?? providers.default, toShape(own.providers[name]!));
  const named = new Set(own.rules.map(({ name }) => name));
  const shapes = (table: Readonly<Record<string, Limits>>) => mapValues(table, toShape);
  return {
    providers,
    sites: shapes(own.sites),
    sources: mapValues(own.sources, ({ all, ...one }) => ({
      all: toShape(all ?? {}),
      providers: shapes(one.providers),
      sites: shapes(one.sites),
    })),
    rules: [...own.rules, ...(base?.rules ?? []).filter(({ name }) => !named.has(name))],
    backoff: base?.backoff ?? defaultBackoff,
    ruleTimeScale: 1,
  };
}

function toShape(limits: Limits): ShapeOverride {
  const shape = Object.entries(limits).map(([name, value]) => [fieldOf[name as keyof Limits], value]);
  return Object.fromEntries(shape.filter(([, value]) => value !== undefined)) as ShapeOverride;
}

const fieldOf: Record<keyof Limits, keyof ProviderShape> = {
  connections: 'connections',
  provider_connections: 'providerConnections',
  messages_per_connection: 'messagesPerConnection',
  messages_per_second: 'ratePerSecond',
  provider_messages_per_second: 'providerRatePerSecond',
  domain_messages_per_second: 'domainRatePerSecond',
  messages_per_day: 'perDay',
  provider_messages_per_day: 'providerPerDay',
  domain_messages_per_day: 'domainPerDay',
  dead_after_failures: 'deadAfterFailures',
  requires_tls: 'requiresTls',
};

function mapValues<A, B>(table: Readonly<Record<string, A>>, of: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, of(value)]));
}

/** A shape with some of it otherwise. A bound that is moved takes the others with it. */
export function applyShape(shape: ProviderShape, override: ShapeOverride | undefined): ProviderShape {
  if (!override) return shape;
  const { connections: bounds, ...rest } = override;
  const max = bounds?.max ?? Math.max(shape.connections.max, bounds?.min ?? 0, bounds?.start ?? 0);
  const min = bounds?.min ?? Math.min(shape.connections.min, max);
  const start = bounds?.start ?? Math.min(shape.connections.start, max);
  return { ...shape, ...rest, connections: { min, start: Math.max(min, start), max } };
}

/** A user's file, watched: what changes in it holds soon after, and a bad change leaves what was. */
export class ShapingFile {
  private seen: string;
  private table: TrafficShaping;

  /** @throws ChaparError `shaping_file_invalid` */
  constructor(
    private readonly file: string | undefined,
    private readonly logger: Logger,
  ) {
    this.seen = this.fingerprint();
    this.table = loadShaping(file);
  }

  get current(): TrafficShaping {
    return this.table;
  }

  /** Looks whether the file has changed. Called every second or so. */
  refresh(): void {
    const now = this.fingerprint();
    if (now === this.seen) return;
    this.seen = now;
    try {
      this.table = loadShaping(this.file);
      this.logger.info({ file: this.file }, 'limits and reply rules were read anew');
    } catch (error) {
      this.logger.error({ file: this.file, reason: messageOf(error) }, 'the shaping file has faults now; the limits from before hold');
    }
  }

  private fingerprint(): string {
    if (this.file === undefined) return '';
    const stat = statSync(this.file, { throwIfNoEntry: false });
    return stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : 'gone';
  }
}
