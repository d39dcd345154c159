import type { ManageSieveCommand } from './managesieve.types.js';

export type Value = { readonly kind: 'atom' | 'string'; readonly text: string } | { readonly kind: 'number'; readonly value: number };

/** The words and strings of a command. @returns undefined where it is none, or not UTF-8 */
export function parseValues(pieces: readonly (Buffer | { readonly literal: Buffer })[]): Value[] | undefined {
  const values: Value[] = [];
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for (const piece of pieces) {
      if ('literal' in piece) values.push({ kind: 'string', text: decoder.decode(piece.literal) });
      else if (!readWords(decoder.decode(piece), values)) return undefined;
    }
  } catch {
    return undefined;
  }
  return values;
}

function readWords(text: string, values: Value[]): boolean {
  const pattern = /[ \t]+|"((?:[^"\\\0\r\n]|\\["\\]){0,8192})"|(\d{1,10})(?= |$)|([!#-'*-[\]-z|}~]{1,1024})/y;
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return false;
    const [, quoted, digits, atom] = match;
    if (quoted !== undefined) values.push({ kind: 'string', text: quoted.replace(/\\(["\\])/g, '$1') });
    else if (digits !== undefined) values.push({ kind: 'number', value: Number(digits) });
    else if (atom !== undefined) values.push({ kind: 'atom', text: atom });
  }
  return true;
}

/** @returns the command, or why it is none */
export function parseManageSieve([first, ...args]: readonly Value[]): ManageSieveCommand | string {
  if (first?.kind !== 'atom') return 'A command begins with a word';
  const verb = first.text.toUpperCase();
  const strings = args.flatMap((value) => (value.kind === 'string' ? [value.text] : []));
  const takes = (count: number) => strings.length === count && args.length === count;
  switch (verb) {
    case 'STARTTLS':
    case 'LOGOUT':
    case 'CAPABILITY':
    case 'LISTSCRIPTS':
    case 'UNAUTHENTICATE':
      return takes(0) ? { verb } : `${verb} takes no argument`;
    case 'NOOP':
      return takes(0) ? { verb } : takes(1) ? { verb, tag: strings[0]!.slice(0, 1000) } : 'NOOP takes one string at most';
    case 'AUTHENTICATE':
      return takes(1) || takes(2) ? authenticate(strings) : 'AUTHENTICATE takes a mechanism and an initial response';
    case 'HAVESPACE': {
      const [name, size] = args;
      if (args.length !== 2 || name?.kind !== 'string' || size?.kind !== 'number') return 'HAVESPACE takes a name and a size';
      return withName(name.text, (valid) => ({ verb, name: valid, sizeBytes: size.value }));
    }
    case 'PUTSCRIPT':
      return takes(2) ? withName(strings[0]!, (name) => ({ verb, name, script: strings[1]! })) : 'PUTSCRIPT takes a name and a script';
    case 'CHECKSCRIPT':
      return takes(1) ? { verb, script: strings[0]! } : 'CHECKSCRIPT takes a script';
    case 'SETACTIVE':
      if (!takes(1)) return 'SETACTIVE takes a name';
      return strings[0] === '' ? { verb, name: '' } : withName(strings[0]!, (name) => ({ verb, name }));
    case 'GETSCRIPT':
    case 'DELETESCRIPT':
      return takes(1) ? withName(strings[0]!, (name) => ({ verb, name })) : `${verb} takes a name`;
    case 'RENAMESCRIPT':
      return takes(2)
        ? withName(strings[0]!, (from) => withName(strings[1]!, (to) => ({ verb, from, to })))
        : 'RENAMESCRIPT takes two names';
    default:
      return 'There is no such command';
  }
}

function authenticate([mechanism = '', response]: readonly string[]): ManageSieveCommand | string {
  if (!/^[A-Za-z0-9_-]{1,20}$/.test(mechanism)) return 'This is no mechanism';
  const named = { verb: 'AUTHENTICATE' as const, mechanism: mechanism.toUpperCase() };
  if (response === undefined) return named;
  if (response.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(response)) return 'The initial response is no base64';
  return { ...named, initialResponse: Buffer.from(response, 'base64') };
}

/** RFC 5804 §1.6 */
function withName(name: string, make: (name: string) => ManageSieveCommand | string): ManageSieveCommand | string {
  const isGood = name !== '' && [...name].length <= 128 && !/[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(name);
  return isGood ? make(name.normalize('NFC')) : 'A name has 1 to 128 characters, none of them a control character';
}
