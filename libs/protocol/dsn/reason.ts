import { extractCodes } from './classify-reply.js';

const MAX_REASON = 500;

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_REASON);
}

/** The first line of a notice for people that holds a reply code. */
export function reasonInWords(notice: string): string | undefined {
  const line = notice
    .slice(0, 20_000)
    .split(/\r?\n/)
    .find((one) => extractCodes(one).enhancedCode ?? extractCodes(one).smtpCode);
  return line === undefined ? undefined : oneLine(line);
}
