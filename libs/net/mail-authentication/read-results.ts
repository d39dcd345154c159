import type { AuthenticateResult, DKIMResult } from 'mailauth';
import type { AuthenticationResult, DkimSignal, DmarcSignal, ReceptionSignals, SpfSignal } from '#base/contracts';

const RESULTS: ReadonlySet<string> = new Set<AuthenticationResult>([
  'pass',
  'fail',
  'softfail',
  'neutral',
  'policy',
  'none',
  'temperror',
  'permerror',
]);
const MAX_NAME = 255;
const MAX_COMMENT = 200;

/** What we keep of what mailauth found. */
export function signalsOf(checked: AuthenticateResult): Pick<ReceptionSignals, 'spf' | 'dkim' | 'dmarc' | 'arc'> {
  const spf = spfOf(checked);
  const dkim = checked.dkim.results.slice(0, 10).flatMap((result) => (result.signingDomain ? [dkimOf(result)] : []));
  return { spf, dkim, dmarc: dmarcOf(checked, spf), arc: { result: resultOf(checked.arc ? checked.arc.status.result : undefined) } };
}

function spfOf({ spf }: AuthenticateResult): SpfSignal {
  return { result: resultOf(spf ? spf.status.result : undefined), domain: nameOf(spf ? spf.domain : undefined) };
}

function dkimOf({ signingDomain, selector, status }: DKIMResult): DkimSignal {
  const result = resultOf(status.result);
  const comment = status.comment;
  return {
    result,
    domain: nameOf(signingDomain),
    selector: nameOf(selector),
    isAligned: typeof status.aligned === 'string' && status.aligned !== '',
    coversBody: !status.underSized,
    ...(result !== 'pass' && typeof comment === 'string' && { comment: plain(comment).slice(0, MAX_COMMENT) }),
  };
}

function dmarcOf({ dmarc, dkim }: AuthenticateResult, spf: SpfSignal): DmarcSignal {
  const author = dkim.headerFrom[0] ?? '';
  const domain = nameOf(author.slice(author.lastIndexOf('@') + 1));
  if (!dmarc) return { result: 'permerror', domain: '', policy: null, isSpfAligned: false };
  const result = resultOf(dmarc.status.result);
  const isSpfAligned = spf.result === 'pass' && (result === 'none' ? areRelated(spf.domain, domain) : Boolean(dmarc.alignment?.spf.result));
  const policy = dmarc.policy === 'reject' || dmarc.policy === 'quarantine' || dmarc.policy === 'none' ? dmarc.policy : null;
  return { result, domain, policy: result === 'none' ? null : policy, isSpfAligned };
}

/** Without a policy record nobody says what belongs together: the same name, or one below the other. */
function areRelated(one: string, other: string): boolean {
  return one !== '' && (one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`));
}

function resultOf(result: string | undefined): AuthenticationResult {
  return result !== undefined && RESULTS.has(result) ? (result as AuthenticationResult) : 'none';
}

function nameOf(name: string | undefined): string {
  return plain(name ?? '')
    .toLowerCase()
    .slice(0, MAX_NAME);
}

/** Printable ASCII: it is stored, shown, and said in header fields. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, '?');
}
