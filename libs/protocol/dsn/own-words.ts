/** Lines that begin what is quoted: "On Monday, Shop wrote:", as mail programs put it. */
const QUOTATION = new RegExp(
  [
    '^\\s*>',
    '^\\s*(?:on|am|le|el|em|il|op|den|в|在|في|در|dne|w dniu)\\b.{4,200}(?:wrote|schrieb|a [ée]crit|escribi[óo]|escreveu|ha scritto|schreef|skrev|пишет|написал|写道|كتب|نوشت|napsal|napisa[łl]).{0,120}[:：]\\s*$',
    '^\\s*(?:wrote|schrieb|a [ée]crit|escribi[óo]|نوشت|كتب).{0,200}[:：]\\s*$',
    '^.{0,120}(?:wrote|schrieb|a [ée]crit|escribi[óo]|escreveu|ha scritto|yazdı|نوشت|نوشته است|كتب)\\s?[:：]\\s*$',
    '^\\s*-{2,}\\s*(?:original|forwarded|urspr[üu]ngliche|weitergeleitete|message d|mensaje|mensagem|messaggio|пересыл|исходное|پیام|رسالة|الرسالة|原始|転送).{0,60}-{2,}\\s*$',
    '^\\s*_{10,}\\s*$',
    '^\\s*(?:from|von|de|da|van|от|发件人|من|از|فرستنده)\\s?[:：].{0,200}(?:@|<|\\[).{0,200}$',
  ].join('|'),
  'iu',
);
const SIGNATURE =
  /^(?:-- ?|__+|sent from my .{1,60}|von meinem .{1,60} gesendet|envoy[ée] de(?:puis)? mon .{1,60}|enviado desde mi .{1,60}|get outlook for .{1,40}|ارسال شده از .{1,60}|مرسل من .{1,60})$/iu;
const MAX_LINES = 400;

/** What the writer of an answer wrote: without what is quoted, who is quoted, and the signature. Pure. */
export function ownWords(text: string): string {
  const own: string[] = [];
  for (const line of text.slice(0, 60_000).split(/\r?\n/, MAX_LINES)) {
    const shown = line.slice(0, 500);
    if (SIGNATURE.test(shown.trimEnd())) break;
    if (QUOTATION.test(shown)) {
      // Some answer below or between the lines; those who quote without marks have said all they had to.
      if (/^\s*>/.test(shown)) continue;
      if (own.some((one) => one.trim() !== '')) break;
      continue;
    }
    own.push(line.slice(0, 2_000));
  }
  return own
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
