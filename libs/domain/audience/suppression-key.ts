import { domainToASCII } from 'node:url';
import { addressKey, tryParseAddress } from '#protocol/mime';
import { audienceError } from './audience.errors.js';

/** Whom a suppression is about, in the one form that is stored and compared. */
export interface SuppressionKey {
  readonly key: string;
  /** Of patterns only. */
  readonly likePattern: string | null;
}

/**
 * An address (`sara@example.org`), everyone at one domain (`@example.org`), or a pattern with `*` for any characters
 * (`*@*.example.org`, `noreply-*@example.org`).
 * @throws ChaparError `suppression_invalid`
 */
export function suppressionKey(address: string): SuppressionKey {
  const key = findSuppressionKey(address);
  if (key === undefined) {
    throw audienceError(
      'suppression_invalid',
      `"${address.slice(0, 100).replace(/[\p{Cc}\p{Cf}]/gu, '�')}" is neither an e-mail address, nor "@domain", nor a pattern such as "*@*.domain".`,
    );
  }
  return key;
}

export function findSuppressionKey(address: string): SuppressionKey | undefined {
  const text = address.trim();
  if (text.includes('*')) return findPattern(text.toLowerCase());
  if (!text.startsWith('@')) {
    const parsed = tryParseAddress(text);
    return parsed.ok ? { key: addressKey(parsed.value), likePattern: null } : undefined;
  }
  const domain = tryParseAddress(`everyone@${domainToASCII(text.slice(1))}`);
  return domain.ok ? { key: `@${domain.value.domain}`, likePattern: null } : undefined;
}

/** A pattern has to say something: `*@*` would stop all mail, and nobody means that. */
function findPattern(text: string): SuppressionKey | undefined {
  const pattern = text.startsWith('@') ? `*${text}` : text;
  const at = pattern.lastIndexOf('@');
  const [local, domain] = [pattern.slice(0, at), pattern.slice(at + 1)];
  if (at < 1 || pattern.length > 320 || /[\s\p{Cc}]/u.test(pattern) || !/^[\p{L}\p{N}*.-]+$/u.test(domain)) return undefined;
  if (!/[\p{L}\p{N}]/u.test(local) && !/[\p{L}\p{N}-]{2}/u.test(domain)) return undefined;
  const key = `${local}@${domain
    .split('.')
    .map((label) => (label.includes('*') ? label : domainToASCII(label) || label))
    .join('.')}`;
  return { key, likePattern: key.replace(/[\\%_]/g, '\\$&').replaceAll(/\*+/g, '%') };
}
