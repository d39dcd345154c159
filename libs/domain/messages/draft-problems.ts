import type { ErrorDetail } from '#base/kernel';
import { type Address, tryParseAddress } from '#protocol/mime';
import { messagesError } from './messages.errors.js';

/** Collects what is wrong with a draft, so that its author hears of all of it at once. */
export class DraftProblems {
  private readonly details: ErrorDetail[] = [];

  add(field: string, code: string, message: string): void {
    if (this.details.length < 50) this.details.push({ field, code, message: `${field}: ${message}` });
  }

  /** The address, or undefined with a problem noted. */
  address(field: string, text: string): Address | undefined {
    const result = tryParseAddress(text);
    if (result.ok) return result.value;
    this.add(field, 'invalid_address', `${shown(text)} is not an e-mail address: ${result.reason}`);
    return undefined;
  }

  /** Text that a header can carry. */
  headerText(field: string, text: string, maxCharacters: number): void {
    if (text.length > maxCharacters) this.add(field, 'too_long', `has more than ${maxCharacters} characters`);
    if (/[\u0000-\u0008\u000a-\u001f\u007f\u2028\u2029]/.test(text))
      this.add(field, 'control_character', 'holds a line break or a control character');
  }

  get isEmpty(): boolean {
    return this.details.length === 0;
  }

  /** @throws ChaparError `message_invalid` if anything was added */
  refuse(): void {
    if (this.details.length === 0) return;
    throw messagesError('message_invalid', this.details.map(({ message }) => message).join('; '), { details: this.details });
  }
}

function shown(text: string): string {
  return `"${text.slice(0, 100).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�')}"`;
}
