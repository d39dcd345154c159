/** What a domain publishes about the TLS of its mail servers: RFC 8461 §3.2. */
export interface MtaStsPolicy {
  readonly mode: 'enforce' | 'testing' | 'none';
  /** Host names, lower case; `*.example.org` stands for exactly one more label. */
  readonly mx: readonly string[];
  readonly maxAgeSeconds: number;
}

export class MtaStsSyntaxError extends Error {
  override readonly name = 'MtaStsSyntaxError';
}

/** RFC 8461 §3.2: about a year. */
const MAX_AGE_SECONDS = 31_557_600;
const MAX_PATTERNS = 100;
const MODES: readonly string[] = ['enforce', 'testing', 'none'] satisfies MtaStsPolicy['mode'][];

/** The id of the record at `_mta-sts.<domain>`; undefined when there is not exactly one record that counts (RFC 8461 §3.1). */
export function parseMtaStsRecord(records: readonly (readonly string[])[]): string | undefined {
  const candidates = records.map((strings) => strings.join('')).filter((text) => /^v=STSv1[ \t]*;/.test(text));
  if (candidates.length !== 1) return undefined;
  for (const field of candidates[0]!.split(';').slice(1)) {
    const [, key, value] = /^[ \t]*([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([^ \t]*)[ \t]*$/.exec(field) ?? [];
    if (key === 'id') return /^[A-Za-z0-9]{1,32}$/.test(value!) ? value : undefined;
  }
  return undefined;
}

/** @throws MtaStsSyntaxError */
export function parseMtaStsPolicy(text: string): MtaStsPolicy {
  const fields = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const [, key, value] = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (key === undefined) throw new MtaStsSyntaxError(`this line is not "key: value": ${line.slice(0, 80)}`);
    fields.set(key, [...(fields.get(key) ?? []), value!]);
  }
  // Of repeated keys other than mx the first counts (RFC 8461 §3.2).
  const first = (key: string): string => fields.get(key)?.[0] ?? '';
  if (first('version') !== 'STSv1') throw new MtaStsSyntaxError(`the version is "${first('version')}", not STSv1`);
  const mode = first('mode');
  if (!MODES.includes(mode)) throw new MtaStsSyntaxError(`the mode is "${mode}"`);
  if (!/^\d{1,10}$/.test(first('max_age'))) throw new MtaStsSyntaxError(`max_age is "${first('max_age')}"`);
  const mx = (fields.get('mx') ?? []).map((pattern) => pattern.toLowerCase().replace(/\.$/, ''));
  if (mode !== 'none' && mx.length === 0) throw new MtaStsSyntaxError('there is no mx');
  if (mx.length > MAX_PATTERNS) throw new MtaStsSyntaxError(`there are more than ${MAX_PATTERNS} mx`);
  for (const pattern of mx)
    if (!/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(pattern)) throw new MtaStsSyntaxError(`an mx is "${pattern.slice(0, 80)}"`);
  return { mode: mode as MtaStsPolicy['mode'], mx, maxAgeSeconds: Math.min(Number(first('max_age')), MAX_AGE_SECONDS) };
}

/** Whether a policy names the host (RFC 8461 §4.1): an asterisk is one label, no more and no less. */
export function policyNames({ mx }: Pick<MtaStsPolicy, 'mx'>, hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  const parent = name.slice(name.indexOf('.') + 1);
  return mx.some((pattern) => pattern === name || (pattern.startsWith('*.') && name.includes('.') && pattern.slice(2) === parent));
}

/** The policy as reports repeat it: RFC 8460 §4.4, `policy-string`. */
export function policyLines({ mode, mx, maxAgeSeconds }: MtaStsPolicy): string[] {
  return ['version: STSv1', `mode: ${mode}`, ...mx.map((pattern) => `mx: ${pattern}`), `max_age: ${maxAgeSeconds}`];
}
