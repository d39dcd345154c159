import type { MaildropMessage, Pop3Action, Pop3Code, Pop3Command } from './pop3.types.js';

export interface Pop3Settings {
  readonly hostname: string;
  /** SASL mechanisms on offer. */
  readonly mechanisms: readonly string[];
  /** STLS can be had. */
  readonly hasTls: boolean;
  /** Passwords may travel: TLS runs, or the operator allows them without (loopback). */
  readonly mayLogInWithoutTls: boolean;
}

type State =
  | { readonly name: 'authorization'; readonly user?: string }
  /** A log-in is with the driver. */
  | { readonly name: 'pending' }
  | { readonly name: 'transaction'; readonly messages: readonly MaildropMessage[]; readonly deleted: Set<number> }
  | { readonly name: 'update' }
  | { readonly name: 'closed' };
type Transaction = Extract<State, { name: 'transaction' }>;
type Verb = Pop3Command['verb'];

/** RFC 1939 §4–§6: which verb belongs to which state. */
const inAuthorization: readonly Verb[] = ['CAPA', 'STLS', 'USER', 'PASS', 'AUTH', 'UTF8', 'LANG', 'QUIT'];
const inTransaction: readonly Verb[] = ['CAPA', 'STAT', 'LIST', 'UIDL', 'RETR', 'DELE', 'TOP', 'NOOP', 'RSET', 'LANG', 'QUIT'];

/** One POP3 session without its socket: commands in, actions out. The maildrop is what it was at log-in; deletions happen at QUIT alone. */
export class Pop3Machine {
  private state: State = { name: 'authorization' };
  private isUtf8 = false;

  constructor(
    private readonly settings: Pop3Settings,
    private isTls: boolean,
  ) {}

  get stateName(): State['name'] {
    return this.state.name;
  }

  greet(): Pop3Action[] {
    return [ok(`${this.settings.hostname} POP3 ready`)];
  }

  handle(command: Pop3Command): Pop3Action[] {
    const { state } = this;
    if (state.name === 'closed' || state.name === 'update' || state.name === 'pending') return [failure('Wait for the answer before')];
    const allowed = state.name === 'transaction' ? inTransaction : inAuthorization;
    if (!allowed.includes(command.verb)) return [failure(state.name === 'transaction' ? 'Not after log-in' : 'Log in first')];
    if (command.verb === 'CAPA') return [lines('Capabilities follow', this.capabilities())];
    if (command.verb === 'LANG') return [language(command.tag)];
    return state.name === 'transaction' ? this.inTransaction(command, state) : this.inAuthorization(command, state);
  }

  /** RFC 2449 §5 and §6. */
  capabilities(): string[] {
    const mayLogIn = this.mayLogIn();
    const { mechanisms, hasTls } = this.settings;
    return [
      'TOP',
      'UIDL',
      'RESP-CODES',
      'AUTH-RESP-CODE',
      'PIPELINING',
      'EXPIRE NEVER',
      'UTF8 USER',
      'LANG',
      ...(mayLogIn ? ['USER'] : []),
      ...(mayLogIn && mechanisms.length > 0 ? [`SASL ${mechanisms.join(' ')}`] : []),
      ...(hasTls && !this.isTls && this.state.name === 'authorization' ? ['STLS'] : []),
      'IMPLEMENTATION Chapar',
    ];
  }

  /** A log-in succeeded and the maildrop is locked: its messages, oldest first. */
  loggedIn(messages: readonly MaildropMessage[]): Pop3Action[] {
    this.state = { name: 'transaction', messages, deleted: new Set() };
    return [ok(`${messages.length} messages (${total(messages)} octets)`)];
  }

  /** It did not: `AUTH` for wrong credentials, `IN-USE` for a locked maildrop, `SYS/TEMP` for our own trouble. */
  refused(text: string, code?: Pop3Code): Pop3Action[] {
    this.state = { name: 'authorization' };
    return [failure(text, code)];
  }

  /** SASL: what the mechanism says next. */
  challenge(data: Buffer): Pop3Action[] {
    return [write(`+ ${data.toString('base64')}\r\n`)];
  }

  /** What was said before TLS counts no more (RFC 2595 §4). */
  tlsStarted(): void {
    this.isTls = true;
    this.state = { name: 'authorization' };
  }

  /** After `commit`. @param isWhole false: some messages could not be deleted (RFC 1939 §6) */
  committed(isWhole: boolean): Pop3Action[] {
    this.state = { name: 'closed' };
    return [isWhole ? ok('Bye') : failure('Some messages were not deleted', 'SYS/TEMP'), { kind: 'close' }];
  }

  private mayLogIn(): boolean {
    return this.isTls || this.settings.mayLogInWithoutTls;
  }

  private inAuthorization(command: Pop3Command, { user }: Extract<State, { name: 'authorization' }>): Pop3Action[] {
    switch (command.verb) {
      case 'STLS':
        if (!this.settings.hasTls || this.isTls) return [failure(this.isTls ? 'TLS runs already' : 'There is no TLS here')];
        return [ok('Begin TLS'), { kind: 'start-tls' }];
      case 'UTF8':
        this.isUtf8 = true;
        return [ok('UTF-8 it is')];
      case 'QUIT':
        this.state = { name: 'closed' };
        return [ok('Bye'), { kind: 'close' }];
      case 'AUTH':
        return this.authenticate(command);
      case 'USER':
        if (!this.mayLogIn()) return [failure('Start TLS before you log in', 'SYS/PERM')];
        // Whether there is such a user shows with the password, and not then either.
        this.state = { name: 'authorization', user: command.name };
        return [ok('Send the password')];
      case 'PASS':
        if (user === undefined) return [failure('USER comes first')];
        this.state = { name: 'pending' };
        return [{ kind: 'log-in', username: user, password: command.password }];
      default:
        return [failure('Log in first')];
    }
  }

  private authenticate({ mechanism, initialResponse }: Extract<Pop3Command, { verb: 'AUTH' }>): Pop3Action[] {
    if (!this.mayLogIn()) return [failure('Start TLS before you log in', 'SYS/PERM')];
    if (mechanism === undefined) return [lines('Mechanisms follow', this.settings.mechanisms)];
    if (!this.settings.mechanisms.includes(mechanism)) return [failure('There is no such mechanism')];
    this.state = { name: 'pending' };
    return [{ kind: 'authenticate', mechanism, ...(initialResponse && { initialResponse }) }];
  }

  private inTransaction(command: Pop3Command, state: Transaction): Pop3Action[] {
    const { messages, deleted } = state;
    const left = [...messages.entries()].filter(([index]) => !deleted.has(index));
    switch (command.verb) {
      case 'STAT':
        return [ok(`${left.length} ${total(left.map(([, message]) => message))}`)];
      case 'NOOP':
        return [ok('Still here')];
      case 'RSET':
        deleted.clear();
        return [ok(`${messages.length} messages (${total(messages)} octets)`)];
      case 'QUIT':
        this.state = { name: 'update' };
        return [{ kind: 'commit', indexes: [...deleted].sort((a, b) => a - b) }];
      case 'LIST':
        if (command.message === undefined)
          return [
            lines(
              `${left.length} messages`,
              left.map(([index, { sizeBytes }]) => `${index + 1} ${sizeBytes}`),
            ),
          ];
        return [this.about(state, command.message, ({ sizeBytes }) => ok(`${command.message} ${sizeBytes}`))];
      case 'UIDL':
        if (command.message === undefined)
          return [
            lines(
              'Unique ids follow',
              left.map(([index, { uidl }]) => `${index + 1} ${uidl}`),
            ),
          ];
        return [this.about(state, command.message, ({ uidl }) => ok(`${command.message} ${uidl}`))];
      case 'DELE':
        return [
          this.about(state, command.message, () => {
            deleted.add(command.message - 1);
            return ok(`Message ${command.message} will be deleted`);
          }),
        ];
      case 'RETR':
      case 'TOP':
        return this.send(state, command);
      default:
        return [failure('Not after log-in')];
    }
  }

  private send(state: Transaction, command: { readonly message: number; readonly lines?: number }): Pop3Action[] {
    const answer = this.about(state, command.message, ({ isUtf8, sizeBytes }) => {
      if (isUtf8 && !this.isUtf8) return failure('The message needs UTF8', 'UTF8');
      return ok(command.lines === undefined ? `${sizeBytes} octets` : 'The top follows');
    });
    if (!answer.bytes.subarray(0, 3).equals(Buffer.from('+OK'))) return [answer];
    return [answer, { kind: 'send-message', index: command.message - 1, ...(command.lines !== undefined && { lines: command.lines }) }];
  }

  private about({ messages, deleted }: Transaction, number: number, then: (message: MaildropMessage) => Write): Write {
    const message = messages[number - 1];
    if (message === undefined) return failure('There is no such message');
    return deleted.has(number - 1) ? failure('The message is deleted') : then(message);
  }
}

type Write = Extract<Pop3Action, { kind: 'write' }>;

function total(messages: readonly MaildropMessage[]): number {
  return messages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function write(text: string): Write {
  return { kind: 'write', bytes: Buffer.from(text) };
}

function ok(text: string): Write {
  return write(`+OK ${text}\r\n`);
}

/** `-ERR [CODE] text` (RFC 2449 §8); also for what the reader calls bad. */
export function failure(text: string, code?: Pop3Code): Write {
  return write(`-ERR ${code === undefined ? '' : `[${code}] `}${text.replace(/[\0\r\n]+/g, ' ')}\r\n`);
}

function lines(text: string, entries: readonly string[]): Write {
  return write([`+OK ${text}`, ...entries, '.', ''].join('\r\n'));
}

/** RFC 6856 §3: answers are in English. */
function language(tag: string | undefined): Write {
  if (tag === undefined) return lines('Languages follow', ['en English']);
  return tag === '*' || /^(en(-.+)?|i-default)$/i.test(tag) ? ok('en English it is') : failure('This language is not spoken here');
}
