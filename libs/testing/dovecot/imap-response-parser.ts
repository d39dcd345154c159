/** An atom or number as text, a string as its bytes, NIL, or a list of such. Quoted strings and literals are the same here. */
export type ImapValue = { readonly atom: string } | { readonly string: string } | null | readonly ImapValue[];

/** Reads what a server says, line by line with literals in place: every line as its values. Text after a status is cut into words. */
export function parseImapResponses(bytes: Buffer): ImapValue[][] {
  const text = bytes.toString('latin1');
  const lines: ImapValue[][] = [];
  let at = 0;
  const value = (): ImapValue => {
    const character = text[at];
    if (character === '(') {
      at += 1;
      const list: ImapValue[] = [];
      while (text[at] !== ')') {
        if (at >= text.length) throw new Error('a list does not end');
        if (text[at] === ' ') at += 1;
        else list.push(value());
      }
      at += 1;
      return list;
    }
    if (character === '"') return { string: quoted() };
    const literal = /^~?\{(\d+)\}\r\n/.exec(text.slice(at, at + 30));
    if (literal) {
      at += literal[0].length + Number(literal[1]);
      return { string: text.slice(at - Number(literal[1]), at) };
    }
    return atom();
  };
  const quoted = (): string => {
    let found = '';
    for (at += 1; text[at] !== '"'; at += 1) {
      if (at >= text.length) throw new Error('a string does not end');
      if (text[at] === '\\') at += 1;
      found += text[at];
    }
    at += 1;
    return found;
  };
  /** `BODY[HEADER.FIELDS (A "b c")]<0>` is one. */
  const atom = (): ImapValue => {
    const from = at;
    for (let depth = 0; at < text.length; at += 1) {
      const character = text[at]!;
      if (character === '[') depth += 1;
      if (character === ']') depth -= 1;
      if (character === '\r' || (depth <= 0 && ' ()'.includes(character))) break;
    }
    if (at === from) throw new Error(`nothing to read at ${text.slice(at, at + 40)}`);
    const found = text.slice(from, at);
    return found === 'NIL' ? null : { atom: found };
  };
  while (at < text.length) {
    const line: ImapValue[] = [];
    const isFree = /^(\S+ (OK|NO|BAD|BYE|PREAUTH)|\+)/.exec(text.slice(at, at + 60));
    if (isFree) {
      const end = text.indexOf('\r\n', at);
      line.push(
        ...text
          .slice(at, end)
          .split(' ')
          .map((word) => ({ atom: word })),
      );
      at = end;
    }
    while (text[at] !== '\r') {
      if (at >= text.length) throw new Error('a line does not end');
      if (text[at] === ' ') at += 1;
      else line.push(value());
    }
    at += 2;
    lines.push(line);
  }
  return lines;
}
