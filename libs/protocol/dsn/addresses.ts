const ADDRESS =
  /[^\s<>()[\]:;,"'@\\（）【】《》「」『』“”„«»，。：；、؛،][^\s<>()[\]:;,"@\\（）【】《》「」『』“”„«»，。：；、؛،]{0,63}@(?:[\p{L}\p{N}_-]{1,63}\.){1,10}[\p{L}\p{N}-]{1,63}/u;
const EVERY_ADDRESS = new RegExp(ADDRESS.source, 'gu');

/** The first address in a text, without whatever stands around it. */
export function findAddress(text: string): string | undefined {
  const found = ADDRESS.exec(text.slice(0, 2_000))?.[0];
  return found === undefined ? undefined : trimAddress(found.replace(/^(?:SMTP[:=]|mailto:)/i, ''));
}

/** Languages without spaces run on before and after an address: `收件人sara@example.org不存在`. */
export function trimAddress(address: string): string {
  return address
    .replace(/^[^\u0000-\u024f]{1,40}(?=[\x21-\x7e]{1,64}@)/, '')
    .replace(/(@(?:[\w-]{1,63}\.){1,10}[A-Za-z]{2,20})[^\u0000-\u024f].*$/u, '$1');
}

export function findAddresses(text: string): string[] {
  return [...text.slice(0, 20_000).matchAll(EVERY_ADDRESS)].map(([address]) => trimAddress(address));
}

/**
 * `address-type; address` of a report (RFC 3464 §2.3). Types other than rfc822 and utf-8 say nothing that we could match.
 * RFC 6533 §3: an address that had to go through ASCII is written with `\x{NNNN}`.
 */
export function reportAddress(field: string): string | undefined {
  const [, type, rest] = /^\s*([\w-]{1,40})\s*;([^]*)$/.exec(field) ?? [undefined, 'rfc822', field];
  if (!/^(?:rfc822|utf-8|smtp|unknown)$/i.test(type!)) return undefined;
  const text = rest!
    .slice(0, 1_000)
    .replace(/\\x\{([0-9A-Fa-f]{2,6})\}/g, (whole, hex: string) => {
      const code = Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .trim();
  // A few leave xtext (RFC 3461 §4) undone.
  const plain = text.includes('@')
    ? text
    : text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const found = findAddress(plain);
  if (found !== undefined && !/[=;/]/.test(found)) return found;
  // The field holds an address and nothing else, so less has to be proved: `a@b`, `dda:SMTP=a@b.c`, `"a b"@c`.
  return (
    /(?:^|[<\s:;,/(]|SMTP=)((?:"[^"\r\n]{1,64}"|[^\s<>()"';:,@/]{1,64})@[^\s<>()"';:,@]{1,255})/i
      .exec(plain)?.[1]
      ?.replace(/^SMTP=/i, '') ?? found
  );
}
