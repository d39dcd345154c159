import type { SmtpCapabilities } from './capabilities.js';
import type { DialogueEntry } from './dialogue.js';
import { dataChunks } from './dot-stuffing.js';
import type { SmtpReply } from './reply.js';

/** One message to send over an open connection. */
export interface SmtpTransaction {
  /** Empty for the null reverse-path. */
  readonly mailFrom: string;
  readonly rcptTo: string;
  /** Others who get the very same message, in the same transaction. */
  readonly moreRecipients?: readonly string[];
  /** Header and body in order, lines ending in CRLF. */
  readonly content: readonly Buffer[];
  readonly sizeBytes: number;
  /** An address or header is not ASCII (RFC 6531). */
  readonly needsSmtpUtf8?: boolean;
  /** The content has bytes above 127 (RFC 6152). */
  readonly isEightBit?: boolean;
}

/** Where a transaction ended. */
export type SmtpStage = 'connect' | 'banner' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'dot';

export type TransactionResult =
  | { readonly kind: 'accepted'; readonly stage: 'dot'; readonly reply: SmtpReply }
  | { readonly kind: 'refused'; readonly stage: SmtpStage; readonly reply: SmtpReply };

/** What the driver must do next: write bytes, write the bytes that complete the message, or take the result. */
export type TransactionAction =
  | { readonly type: 'write'; readonly chunks: readonly Buffer[]; readonly await: SmtpStage }
  | { readonly type: 'write-final'; readonly chunks: readonly Buffer[]; readonly await: SmtpStage }
  | { readonly type: 'wait'; readonly await: SmtpStage }
  | { readonly type: 'done'; readonly result: TransactionResult; readonly needsReset: boolean };

export class SmtpProtocolError extends Error {
  override readonly name = 'SmtpProtocolError';
}

type Expectation = 'reset' | 'mail' | 'rcpt' | 'data' | 'dot' | 'discard';

/**
 * One mail transaction as a machine: replies in, actions out. It uses as few flights as the server allows:
 * MAIL, RCPT and BDAT LAST in one (RFC 3030 with RFC 2920), MAIL, RCPT and DATA in one and the content in a second,
 * or one command at a time.
 */
export class TransactionMachine {
  private readonly expected: Expectation[] = [];
  /** References only: a dialogue is written down when somebody asks for it. */
  private readonly answered: { readonly to: Expectation; readonly reply: SmtpReply }[] = [];
  private refusal: { stage: SmtpStage; reply: SmtpReply } | undefined;
  private rcptReplies = 0;
  /** Of several recipients: those that were refused, by their place; the message goes to the others. */
  private readonly refusedRecipients = new Map<number, SmtpReply>();

  constructor(
    private readonly transaction: SmtpTransaction,
    private readonly capabilities: SmtpCapabilities,
    private readonly startsWithReset: boolean,
  ) {}

  /** What the server has refused so far: the outcome, should the connection end before its other replies. */
  get refusedSoFar(): TransactionResult | undefined {
    return this.refusal && { kind: 'refused', ...this.refusal };
  }

  /** Why the recipient at a place, `rcptTo` being 0, was refused alone; who was not shares what becomes of the message. */
  refusalOf(place: number): TransactionResult | undefined {
    const reply = this.refusedRecipients.get(place);
    return reply && { kind: 'refused', stage: 'rcpt', reply };
  }

  /** What was said, command by command; those that were never answered come last. */
  get dialogue(): DialogueEntry[] {
    let place = 0;
    const commandOf = (to: Expectation) => (to === 'rcpt' ? this.rcptCommand(place++) : this.commandOf(to));
    return [
      ...this.answered.map(({ to, reply }) => ({ command: commandOf(to), reply })),
      ...this.expected.map((to) => ({ command: commandOf(to), note: 'no answer' })),
    ];
  }

  start(): TransactionAction {
    const { chunking, pipelining } = this.capabilities;
    const reset = this.startsWithReset ? 'RSET\r\n' : '';
    if (this.startsWithReset) this.expected.push('reset');
    if (!pipelining) {
      if (this.startsWithReset) return write(reset, 'mail');
      this.expected.push('mail');
      return write(this.mailCommand(), 'mail');
    }
    let envelope = `${reset}${this.mailCommand()}`;
    this.expected.push('mail');
    for (let place = 0; place < this.recipients; place++) {
      envelope += this.rcptCommand(place);
      this.expected.push('rcpt');
    }
    if (chunking) {
      this.expected.push('dot');
      return {
        type: 'write-final',
        chunks: [Buffer.from(`${envelope}${this.bdatCommand()}`, 'utf8'), ...this.transaction.content],
        await: 'mail',
      };
    }
    this.expected.push('data');
    return write(`${envelope}DATA\r\n`, 'mail');
  }

  /** @throws SmtpProtocolError when the server answers what was never asked */
  reply(reply: SmtpReply): TransactionAction {
    const expectation = this.expected.shift();
    if (expectation !== undefined) this.answered.push({ to: expectation, reply });
    switch (expectation) {
      case 'reset':
        return this.afterReset(reply);
      case 'mail':
        return this.afterMail(reply);
      case 'rcpt':
        return this.afterRcpt(reply);
      case 'data':
        return this.afterData(reply);
      case 'dot':
        return this.afterDot(reply);
      case 'discard':
        return this.finish();
      default:
        throw new SmtpProtocolError('the server sent a reply to no command');
    }
  }

  private afterReset(reply: SmtpReply): TransactionAction {
    if (reply.code >= 400) this.refusal ??= { stage: 'mail', reply };
    if (this.capabilities.pipelining) return this.next('mail');
    if (this.refusal) return this.finish();
    this.expected.push('mail');
    return write(this.mailCommand(), 'mail');
  }

  private afterMail(reply: SmtpReply): TransactionAction {
    if (reply.code !== 250) this.refusal ??= { stage: 'mail', reply };
    if (this.capabilities.pipelining) return this.next('rcpt');
    if (this.refusal) return this.finish();
    this.expected.push('rcpt');
    return write(this.rcptCommand(0), 'rcpt');
  }

  private afterRcpt(reply: SmtpReply): TransactionAction {
    const place = this.rcptReplies++;
    // 251 and 252 take responsibility too (RFC 5321 §4.2.3).
    if (reply.code < 250 || reply.code > 252) this.refusedRecipients.set(place, reply);
    const isLast = this.rcptReplies === this.recipients;
    // The message is refused with the last of its recipients, for the reason of the first.
    if (isLast && this.refusedRecipients.size === this.recipients)
      this.refusal ??= { stage: 'rcpt', reply: this.refusedRecipients.get(0)! };
    if (this.capabilities.pipelining) return this.next(isLast ? (this.expected[0] === 'dot' ? 'dot' : 'data') : 'rcpt');
    // RFC 5321 §3.8: after 421 nothing more is asked.
    if (this.refusal || reply.code === 421) {
      this.refusal ??= { stage: 'rcpt', reply };
      return this.finish();
    }
    if (!isLast) {
      this.expected.push('rcpt');
      return write(this.rcptCommand(this.rcptReplies), 'rcpt');
    }
    this.expected.push('data');
    return write('DATA\r\n', 'data');
  }

  private afterData(reply: SmtpReply): TransactionAction {
    if (reply.code === 354) {
      if (this.refusal) {
        // RFC 2920 §3.1: DATA was accepted although no recipient was; an empty message ends it, its reply says nothing.
        this.expected.push('discard');
        return { type: 'write', chunks: [Buffer.from('.\r\n')], await: 'data' };
      }
      this.expected.push('dot');
      return { type: 'write-final', chunks: dataChunks(this.transaction.content), await: 'dot' };
    }
    this.refusal ??= { stage: 'data', reply };
    return this.finish();
  }

  private afterDot(reply: SmtpReply): TransactionAction {
    // A refused recipient is the reason; BDAT's own "no valid recipients" only follows from it.
    if (this.refusal) return this.finish();
    if (reply.code >= 200 && reply.code < 300)
      return { type: 'done', result: { kind: 'accepted', stage: 'dot', reply }, needsReset: false };
    this.refusal = { stage: 'dot', reply };
    return this.finish();
  }

  private finish(): TransactionAction {
    const { stage, reply } = this.refusal!;
    return { type: 'done', result: { kind: 'refused', stage, reply }, needsReset: true };
  }

  private next(stage: SmtpStage): TransactionAction {
    return this.expected.length === 0 && this.refusal ? this.finish() : { type: 'wait', await: stage };
  }

  private commandOf(expectation: Expectation): string {
    switch (expectation) {
      case 'reset':
        return 'RSET';
      case 'mail':
        return this.mailCommand();
      case 'rcpt':
        return this.rcptCommand(0);
      case 'data':
        return 'DATA';
      case 'dot':
        return this.capabilities.chunking && this.capabilities.pipelining ? this.bdatCommand() : `(${this.transaction.sizeBytes} bytes) .`;
      case 'discard':
        return '.';
    }
  }

  private mailCommand(): string {
    const { mailFrom, sizeBytes, needsSmtpUtf8, isEightBit } = this.transaction;
    const size = this.capabilities.hasSize ? ` SIZE=${sizeBytes}` : '';
    const body = isEightBit && this.capabilities.eightBitMime ? ' BODY=8BITMIME' : '';
    return `MAIL FROM:<${mailFrom}>${size}${body}${needsSmtpUtf8 ? ' SMTPUTF8' : ''}\r\n`;
  }

  private get recipients(): number {
    return 1 + (this.transaction.moreRecipients?.length ?? 0);
  }

  private rcptCommand(place: number): string {
    return `RCPT TO:<${place === 0 ? this.transaction.rcptTo : this.transaction.moreRecipients![place - 1]}>\r\n`;
  }

  private bdatCommand(): string {
    return `BDAT ${this.transaction.sizeBytes} LAST\r\n`;
  }
}

function write(text: string, stage: SmtpStage): TransactionAction {
  return { type: 'write', chunks: [Buffer.from(text, 'utf8')], await: stage };
}
