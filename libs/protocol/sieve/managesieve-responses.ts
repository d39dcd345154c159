import type { ManageSieveCode } from './managesieve.types.js';

/** Quoted where that is allowed (RFC 5804 §4: at most 1024 bytes on one line), else a literal. */
export function managesieveString(text: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= 1024 && !/[\0\r\n]/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `{${bytes}}\r\n${text}`;
}

/** `OK (CODE "argument") "text"` */
export function managesieveStatus(
  status: 'OK' | 'NO' | 'BYE',
  text?: string,
  code?: ManageSieveCode | { readonly code: ManageSieveCode; readonly argument: string },
): Buffer {
  const inner = code === undefined || typeof code === 'string' ? code : `${code.code} ${managesieveString(code.argument)}`;
  return Buffer.from(`${[status, ...(inner ? [`(${inner})`] : []), ...(text ? [managesieveString(text)] : [])].join(' ')}\r\n`);
}

export interface ManageSieveCapabilities {
  readonly implementation: string;
  readonly mechanisms: readonly string[];
  readonly extensions: readonly string[];
  readonly hasStartTls: boolean;
  readonly mostRedirects: number;
  /** After log-in. */
  readonly owner?: string;
}

/** RFC 5804 §1.7, without the status that follows. */
export function managesieveCapabilities(capabilities: ManageSieveCapabilities): Buffer {
  const lines: (readonly [name: string, value?: string])[] = [
    ['IMPLEMENTATION', capabilities.implementation],
    ['SASL', capabilities.mechanisms.join(' ')],
    ['SIEVE', capabilities.extensions.join(' ')],
    ...(capabilities.hasStartTls ? [['STARTTLS'] as const] : []),
    ['MAXREDIRECTS', String(capabilities.mostRedirects)],
    ['UNAUTHENTICATE'],
    ...(capabilities.owner === undefined ? [] : [['OWNER', capabilities.owner] as const]),
    ['VERSION', '1.0'],
  ];
  return Buffer.from(lines.map(([name, value]) => `"${name}"${value === undefined ? '' : ` ${managesieveString(value)}`}\r\n`).join(''));
}

/** LISTSCRIPTS, without the status that follows. */
export function managesieveScripts(scripts: readonly { readonly name: string; readonly isActive: boolean }[]): Buffer {
  return Buffer.from(scripts.map(({ name, isActive }) => `${managesieveString(name)}${isActive ? ' ACTIVE' : ''}\r\n`).join(''));
}

/** GETSCRIPT: always a literal. */
export function managesieveScript(script: string): Buffer {
  return Buffer.from(`{${Buffer.byteLength(script)}}\r\n${script}\r\n`);
}

/** SASL's next challenge. */
export function managesieveChallenge(data: Buffer): Buffer {
  return Buffer.from(`${managesieveString(data.toString('base64'))}\r\n`);
}
