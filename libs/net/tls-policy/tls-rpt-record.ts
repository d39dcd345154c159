const MAX_ADDRESSES = 5;

/** The addresses in the record at `_smtp._tls.<domain>` (RFC 8460 §3); none unless exactly one record counts. */
export function parseTlsRptRecord(records: readonly (readonly string[])[]): readonly string[] {
  const candidates = records.map((strings) => strings.join('')).filter((text) => /^v=TLSRPTv1[ \t]*;/.test(text));
  if (candidates.length !== 1) return [];
  const field = candidates[0]!
    .split(';')
    .slice(1)
    .map((text) => /^[ \t]*rua[ \t]*=[ \t]*(.*?)[ \t]*$/.exec(text)?.[1])
    .find((value) => value !== undefined);
  return (field ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter(isReportAddress)
    .slice(0, MAX_ADDRESSES);
}

function isReportAddress(text: string): boolean {
  if (/^mailto:[^\s@<>"\\]+@[^\s@<>"\\]+$/i.test(text)) return true;
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}
