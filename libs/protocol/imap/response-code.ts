import { formatSet } from './sequence-set.js';
import type { ModSeq, SequenceRange } from './sequence-set.types.js';

type Bare =
  | 'ALERT'
  | 'ALREADYEXISTS'
  | 'AUTHENTICATIONFAILED'
  | 'AUTHORIZATIONFAILED'
  | 'CANNOT'
  | 'CLIENTBUG'
  | 'CLOSED'
  | 'CONTACTADMIN'
  | 'CORRUPTION'
  | 'EXPIRED'
  | 'EXPUNGEISSUED'
  | 'HASCHILDREN'
  | 'INUSE'
  | 'LIMIT'
  | 'NOMODSEQ'
  | 'NONEXISTENT'
  | 'NOPERM'
  | 'NOTSAVED'
  | 'NOTIFICATIONOVERFLOW'
  | 'OVERQUOTA'
  | 'PARSE'
  | 'PRIVACYREQUIRED'
  | 'READ-ONLY'
  | 'READ-WRITE'
  | 'SERVERBUG'
  | 'TOOBIG'
  | 'TRYCREATE'
  | 'UIDNOTSTICKY'
  | 'UNAVAILABLE'
  | 'UNKNOWN-CTE'
  | 'USEATTR';

/** RFC 9051 §7.1, RFC 4315, 5257, 5464, 5465, 7162, 8474. A string is a code without arguments, or one the reader made. */
export type ResponseCode =
  | Bare
  | { readonly code: 'CAPABILITY'; readonly capabilities: readonly string[] }
  | { readonly code: 'PERMANENTFLAGS'; readonly flags: readonly string[] }
  | { readonly code: 'UIDVALIDITY' | 'UIDNEXT' | 'UNSEEN'; readonly value: number }
  | { readonly code: 'HIGHESTMODSEQ'; readonly value: ModSeq }
  | { readonly code: 'MAILBOXID'; readonly id: string }
  | { readonly code: 'APPENDUID'; readonly uidValidity: number; readonly uids: readonly SequenceRange[] }
  /** The destination's UIDVALIDITY. */
  | {
      readonly code: 'COPYUID';
      readonly uidValidity: number;
      readonly from: readonly SequenceRange[];
      readonly to: readonly SequenceRange[];
    }
  /** UIDs or sequence numbers, as the STORE named them. */
  | { readonly code: 'MODIFIED'; readonly numbers: readonly SequenceRange[] }
  | {
      readonly code: 'METADATA';
      readonly problem: 'TOOMANY' | 'NOPRIVATE' | { readonly longEntries: number } | { readonly maxSize: number };
    }
  | { readonly code: 'BADCHARSET' }
  | { readonly code: 'BADEVENT'; readonly events: readonly string[] }
  | { readonly code: 'OTHER'; readonly text: string };

/** Without its brackets. */
export function formatCode(code: ResponseCode): string {
  if (typeof code === 'string') return code;
  switch (code.code) {
    case 'CAPABILITY':
      return `CAPABILITY ${code.capabilities.join(' ')}`;
    case 'PERMANENTFLAGS':
      return `PERMANENTFLAGS (${code.flags.join(' ')})`;
    case 'UIDVALIDITY':
    case 'UIDNEXT':
    case 'UNSEEN':
    case 'HIGHESTMODSEQ':
      return `${code.code} ${code.value}`;
    case 'MAILBOXID':
      return `MAILBOXID (${code.id})`;
    case 'APPENDUID':
      return `APPENDUID ${code.uidValidity} ${formatSet(code.uids)}`;
    case 'COPYUID':
      return `COPYUID ${code.uidValidity} ${formatSet(code.from)} ${formatSet(code.to)}`;
    case 'MODIFIED':
      return `MODIFIED ${formatSet(code.numbers)}`;
    case 'METADATA':
      return `METADATA ${metadataProblem(code.problem)}`;
    case 'BADCHARSET':
      return 'BADCHARSET (US-ASCII UTF-8)';
    case 'BADEVENT':
      return `BADEVENT (${code.events.join(' ')})`;
    case 'OTHER':
      return code.text;
  }
}

function metadataProblem(problem: Extract<ResponseCode, { code: 'METADATA' }>['problem']): string {
  if (typeof problem === 'string') return problem;
  return 'longEntries' in problem ? `LONGENTRIES ${problem.longEntries}` : `MAXSIZE ${problem.maxSize}`;
}
