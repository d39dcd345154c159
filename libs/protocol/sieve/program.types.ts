import type { RE2JS } from 're2js';

/** A string with `${…}` to fill in, where the script requires variables; else as it is. */
export type Template = string;

export type Comparator = 'i;ascii-casemap' | 'i;octet' | 'i;ascii-numeric' | 'i;unicode-casemap';
export type Relation = 'gt' | 'ge' | 'lt' | 'le' | 'eq' | 'ne';

export interface Match {
  readonly comparator: Comparator;
  readonly type: 'is' | 'contains' | 'matches' | 'regex' | 'count' | 'value';
  readonly relation?: Relation;
  /** With regex: the keys compiled, where they hold no variables. */
  readonly expressions?: readonly (RE2JS | undefined)[];
}

export type AddressPart = 'all' | 'localpart' | 'domain' | 'user' | 'detail';

/** RFC 5260 §6: the n-th field, from the end where `isLast`. */
export interface FieldIndex {
  readonly index: number;
  readonly isLast: boolean;
}

interface Compare {
  readonly match: Match;
  readonly keys: readonly Template[];
}

export type Test =
  | { readonly test: 'constant'; readonly value: boolean }
  | { readonly test: 'not'; readonly inner: Test }
  | { readonly test: 'allof' | 'anyof'; readonly tests: readonly Test[] }
  | (Compare & { readonly test: 'header'; readonly names: readonly Template[]; readonly index?: FieldIndex })
  | (Compare & { readonly test: 'address'; readonly names: readonly Template[]; readonly part: AddressPart; readonly index?: FieldIndex })
  | (Compare & { readonly test: 'envelope'; readonly names: readonly Template[]; readonly part: AddressPart })
  | { readonly test: 'exists'; readonly names: readonly Template[] }
  | { readonly test: 'size'; readonly isOver: boolean; readonly bytes: number }
  | (Compare & { readonly test: 'body'; readonly of: 'raw' | 'text' | { readonly types: readonly Template[] } })
  | (Compare & {
      readonly test: 'date';
      readonly header: Template;
      readonly part: string;
      readonly zone: Template | 'original' | undefined;
      readonly index?: FieldIndex;
    })
  | (Compare & { readonly test: 'currentdate'; readonly part: string; readonly zone: Template | undefined })
  | (Compare & { readonly test: 'hasflag'; readonly variables: readonly string[] })
  | (Compare & { readonly test: 'string'; readonly sources: readonly Template[] })
  | { readonly test: 'mailboxexists'; readonly names: readonly Template[] }
  | { readonly test: 'specialuse_exists'; readonly mailbox?: Template; readonly uses: readonly Template[] }
  | {
      readonly test: 'duplicate';
      readonly handle: Template;
      readonly of: { readonly header: Template } | { readonly uniqueId: Template };
      readonly seconds: number;
      readonly isLast: boolean;
    };

/** Applied in the order of RFC 5229 §4.1: the highest precedence first. */
export type Modifier = 'lower' | 'upper' | 'lowerfirst' | 'upperfirst' | 'quotewildcard' | 'quoteregex' | 'length';

export type Command =
  | {
      readonly command: 'if';
      readonly branches: readonly { readonly test: Test; readonly block: readonly Command[] }[];
      readonly otherwise: readonly Command[];
    }
  | { readonly command: 'stop' | 'discard' }
  | { readonly command: 'keep'; readonly flags?: readonly Template[] }
  | {
      readonly command: 'fileinto';
      readonly mailbox: Template;
      readonly isCopy: boolean;
      readonly isCreating: boolean;
      readonly specialUse?: Template;
      readonly flags?: readonly Template[];
    }
  | { readonly command: 'redirect'; readonly address: Template; readonly isCopy: boolean }
  | { readonly command: 'reject'; readonly reason: Template; readonly isEreject: boolean }
  | {
      readonly command: 'vacation';
      readonly reason: Template;
      readonly subject?: Template;
      readonly from?: Template;
      readonly addresses: readonly Template[];
      readonly seconds: number;
      readonly handle?: Template;
      readonly isMime: boolean;
    }
  | { readonly command: 'set'; readonly name: string; readonly value: Template; readonly modifiers: readonly Modifier[] }
  | { readonly command: 'setflag' | 'addflag' | 'removeflag'; readonly variable: string; readonly flags: readonly Template[] };

/** A script that can be run. */
export interface SieveProgram {
  readonly commands: readonly Command[];
  readonly hasVariables: boolean;
  readonly hasEncodedCharacters: boolean;
}
