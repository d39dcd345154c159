import type { BounceClass } from '#base/contracts';
import { type ReplyRule, replyRules } from './reply-rules.js';

export interface ReplyFacts {
  /** RFC 5321 reply code, if one is known. */
  readonly code?: number | undefined;
  /** RFC 3463 enhanced code, `5.1.1`, if one is known. */
  readonly enhanced?: string | undefined;
  /** All lines of the reply, or what a report says in its place. */
  readonly text: string;
}

export interface ReplyVerdict {
  /** Whether the server means it for good (class 5), as opposed to "try again" (class 4). */
  readonly permanent: boolean;
  readonly class: BounceClass;
}

/** As much of a reply as is read: no server needs more to say why. */
const MAX_TEXT = 4_000;

/** Why a server refused or delayed mail, by the table in reply-rules.ts. Pure; the same for SMTP replies and for reports. */
export function classifyReply(facts: ReplyFacts): ReplyVerdict {
  return { permanent: isPermanent(facts), class: findReplyRule(facts)?.class ?? 'other' };
}

/** The rule that decides about a reply. */
export function findReplyRule({ code, enhanced, text }: ReplyFacts): ReplyRule | undefined {
  const detail = enhanced?.slice(enhanced.indexOf('.') + 1);
  const shown = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
  return replyRules.find((rule) => {
    if (rule.enhanced && (detail === undefined || !rule.enhanced.test(detail))) return false;
    if (rule.codes && (code === undefined || !rule.codes.includes(code))) return false;
    return rule.text?.test(shown) ?? true;
  });
}

/** The enhanced code goes before the basic one (RFC 3463 §2); without either, what is reported as failed is final. */
function isPermanent({ code, enhanced }: ReplyFacts): boolean {
  if (enhanced !== undefined) return !enhanced.startsWith('4');
  return code === undefined || code >= 500;
}

export interface ReplyCodes {
  readonly smtpCode?: number;
  readonly enhancedCode?: string;
}

// Not inside a longer number or an IP address; qmail writes (#5.1.1).
const ENHANCED = /(?<![\d.])#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/;
const BASIC = /(?<![\d.:#/\w-])([45]\d\d)(?=[ \-:;,)\]]|$)/;
const BOTH = /(?<![\d.:#/\w-])([45]\d\d)[ -]+\(?#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/;

/** The codes in a reply or in the words of a report: those that stand together first. */
export function extractCodes(text: string): ReplyCodes {
  const shown = text.slice(0, MAX_TEXT);
  const both = BOTH.exec(shown);
  if (both) return { smtpCode: Number(both[1]), enhancedCode: both[2]! };
  const enhancedCode = ENHANCED.exec(shown)?.[1];
  const basic = BASIC.exec(shown)?.[1];
  return { ...(basic ? { smtpCode: Number(basic) } : {}), ...(enhancedCode ? { enhancedCode } : {}) };
}
