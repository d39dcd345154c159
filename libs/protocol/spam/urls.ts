import ipaddr from 'ipaddr.js';
import type { Link } from './scan-html.js';

/** A link as a browser would follow it. */
export interface Url {
  /** Lower case, without a trailing dot; an address in its usual form. */
  readonly host: string;
  /** `registeredDomain` of the host. */
  readonly domain: string;
  readonly path: string;
  readonly isAddress: boolean;
  readonly hasUser: boolean;
  readonly port: string;
  /** What a reader sees of it; '' where it stands in the text as it is. */
  readonly label: string;
  /** The host that the label shows, if it shows one. */
  readonly labelHost: string;
  readonly isOverHttps: boolean;
}

const IN_TEXT = /\b(?:https?:\/\/|www\.)[^\s<>"'()[\]{}«»]{3,1000}/gi;
const HOST_IN_LABEL = /^\s*(?:https?:\/\/)?((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,18})(?:[/:?\s]|$)/i;

/** Links of the HTML first, then those that stand in the text. */
export function findUrls(links: readonly Link[], text: string, maxUrls: number): Url[] {
  const urls: Url[] = [];
  const seen = new Set<string>();
  const add = (href: string, label: string) => {
    const key = `${href} ${label}`;
    if (urls.length >= maxUrls || seen.has(key)) return;
    seen.add(key);
    const url = readUrl(href, label);
    if (url) urls.push(url);
  };
  for (const { href, label } of links) add(href, label);
  for (const [found] of text.matchAll(IN_TEXT)) {
    if (urls.length >= maxUrls) break;
    const href = found.replace(/[.,;:!?،؛؟]+$/u, '');
    add(/^www\./i.test(href) ? `http://${href}` : href, '');
  }
  return urls;
}

/** undefined for what is no web address. */
export function readUrl(href: string, label = ''): Url | undefined {
  if (!/^\s*https?:/i.test(href)) return undefined;
  let url: URL;
  try {
    url = new URL(href.trim().slice(0, 4_000));
  } catch {
    return undefined;
  }
  const host = url.hostname.replace(/\.$/, '');
  const isAddress = ipaddr.isValid(host.replace(/^\[|\]$/g, ''));
  return {
    host,
    domain: isAddress ? host : registeredDomain(host),
    path: `${url.pathname}${url.search}`.slice(0, 500),
    isAddress,
    hasUser: url.username !== '' || url.password !== '',
    port: url.port,
    label: label.slice(0, 200),
    labelHost: HOST_IN_LABEL.exec(label)?.[1]?.toLowerCase() ?? '',
    isOverHttps: url.protocol === 'https:',
  };
}

/** Second levels under which countries register: `co.uk`, `ac.ir`. A list would be exact; this needs none and errs together. */
const SECOND_LEVEL = /^(?:ac|co|com|edu|gob|gouv|gov|govt|id|mil|ne|net|nom|or|org|sch|web)$/;

/** What an owner registers: the last two labels, or three under `co.uk` and its like. */
export function registeredDomain(host: string): string {
  const labels = host.toLowerCase().split('.');
  const isDeep = labels.length > 2 && labels.at(-1)!.length === 2 && SECOND_LEVEL.test(labels.at(-2)!);
  return labels.slice(isDeep ? -3 : -2).join('.');
}

export function domainOfAddress(address: string): string {
  return registeredDomain(address.slice(address.lastIndexOf('@') + 1));
}
