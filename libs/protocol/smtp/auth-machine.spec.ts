import { describe, expect, it } from 'vitest';
import { AuthMachine, type AuthSituation } from './auth-machine.js';
import { parseCapabilities } from './capabilities.js';
import { ReplyParser } from './reply.js';
import type { SmtpCredentials } from './sasl.js';

const b64 = (text: string) => Buffer.from(text).toString('base64');
const user: SmtpCredentials = { username: 'user', password: 'pencil' };

/** Plays a transcript of what the server says; @returns what was written, as written, and how it ended. */
function play(server: readonly string[], credentials: SmtpCredentials, situation: Partial<AuthSituation> = {}) {
  const machine = new AuthMachine(credentials, { offered: ['PLAIN', 'LOGIN'], isSecure: true, ...situation });
  const said: string[] = [];
  const shown: string[] = [];
  let action = machine.start();
  const lines = [...server];
  while (action.type === 'write') {
    said.push(action.line.replace(/\r\n$/, ''));
    shown.push(action.shown);
    const line = lines.shift();
    if (line === undefined) throw new Error(`the transcript has no answer to ${action.line}`);
    const [reply] = new ReplyParser().push(Buffer.from(`${line}\r\n`));
    action = machine.reply(reply!);
  }
  expect(lines).toEqual([]);
  for (const line of shown) expect(line).not.toMatch(/pencil|cGVuY2ls/);
  return { said, shown, end: action };
}

describe('AUTH', () => {
  it('PLAIN goes in one line, of which records show the mechanism alone', () => {
    expect(play(['235 2.7.0 ok'], user)).toEqual({
      said: [`AUTH PLAIN ${b64('\0user\0pencil')}`],
      shown: ['AUTH PLAIN (secret)'],
      end: { type: 'done', mechanism: 'PLAIN' },
    });
  });

  it('PLAIN is sent again to a server that ignores the initial response', () => {
    expect(play(['334 ', '235 ok'], user).said).toEqual([`AUTH PLAIN ${b64('\0user\0pencil')}`, b64('\0user\0pencil')]);
  });

  it('LOGIN answers two prompts, whatever their words, and no third', () => {
    const offered = { offered: ['LOGIN'] };
    expect(play([`334 ${b64('Username:')}`, `334 ${b64('Password:')}`, '235 ok'], user, offered)).toMatchObject({
      said: ['AUTH LOGIN', b64('user'), b64('pencil')],
      end: { type: 'done' },
    });
    expect(play([`334 ${b64('a')}`, `334 ${b64('b')}`, `334 ${b64('c')}`, '501 cancelled'], user, offered)).toMatchObject({
      end: { type: 'failed', reason: expect.stringContaining('asks more') },
    });
  });

  it('CRAM-MD5 is spoken only where it is asked for (RFC 2195 §2 has the example)', () => {
    const tim = { username: 'tim', password: 'tanstaaftanstaaf' };
    const offered = { offered: ['CRAM-MD5'] };
    expect(play([], tim, offered).end).toEqual({
      type: 'failed',
      reason: 'the server offers CRAM-MD5; none of it is SCRAM-SHA-256 or PLAIN or LOGIN',
    });
    const challenge = b64('<1896.697170952@postoffice.reston.mci.net>');
    expect(play([`334 ${challenge}`, '235 ok'], { ...tim, mechanisms: ['CRAM-MD5'] }, offered).said[1]).toBe(
      b64('tim b913a602c7eda7a495b4e6e7334d3890'),
    );
  });

  it('XOAUTH2 sends the token, and hears a refusal out', () => {
    const token = { username: 'a@b.example', password: 'ya29.x', mechanisms: ['XOAUTH2'] as const };
    const { said, end } = play([`334 ${b64('{"status":"401"}')}`, '535 5.7.8 no'], token, { offered: ['XOAUTH2'] });
    expect(said).toEqual([`AUTH XOAUTH2 ${b64('user=a@b.example\u0001auth=Bearer ya29.x\u0001\u0001')}`, '']);
    expect(end).toMatchObject({ type: 'failed', reply: { code: 535 } });
  });
});

describe('SCRAM-SHA-256', () => {
  const situation = { offered: ['PLAIN', 'SCRAM-SHA-256'], nonce: 'rOprNGfwEbeRWgbNEkqO' };
  const first = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
  const proof = 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
  const final = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

  it('is preferred, and is the exchange of RFC 7677 §3', () => {
    const { said, end } = play([`334 ${b64(first)}`, `334 ${b64(final)}`, '235 ok'], user, situation);
    expect(said).toEqual([`AUTH SCRAM-SHA-256 ${b64('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')}`, b64(proof), '']);
    expect(end).toEqual({ type: 'done', mechanism: 'SCRAM-SHA-256' });
  });

  it.each([
    ['does not know the password', [`334 ${b64(first)}`, `334 ${b64(`v=${b64('x'.repeat(32))}`)}`, '501 ok'], 'does not prove'],
    ['says that all is well too early', [`334 ${b64(first)}`, '235 ok'], 'before it has done its part'],
    ['says so at once', ['235 ok'], 'before it has done its part'],
    ['answers to another nonce', [`334 ${b64(first.replace('rOpr', 'xxxx'))}`, '501 ok'], 'another nonce'],
    ['adds nothing to the nonce', [`334 ${b64('r=rOprNGfwEbeRWgbNEkqO,s=W22Z,i=4096')}`, '501 ok'], 'another nonce'],
    ['asks for too little work', [`334 ${b64(first.replace('4096', '1'))}`, '501 ok'], '1 iterations'],
    ['asks for too much work', [`334 ${b64(first.replace('4096', '99999999'))}`, '501 ok'], '99999999 iterations'],
    ['sends an extension', [`334 ${b64(`m=x,${first}`)}`, '501 ok'], 'extension'],
    ['sends what is not base64', ['334 ?!', '501 ok'], 'not base64'],
  ])('a server that %s is not believed', (_, server, reason) => {
    expect(play(server, user, situation).end).toMatchObject({ type: 'failed', reason: expect.stringContaining(reason) });
  });

  it('escapes what would end an attribute', () => {
    const machine = new AuthMachine({ username: 'a,b=c', password: 'x' }, { ...situation, isSecure: true });
    expect(machine.start()).toMatchObject({ line: `AUTH SCRAM-SHA-256 ${b64('n,,n=a=2Cb=3Dc,r=rOprNGfwEbeRWgbNEkqO')}\r\n` });
  });
});

describe('a refusal', () => {
  it.each([
    ['535 5.7.8 Authentication credentials invalid', 'refuses the user name or the password'],
    ['454 4.7.0 Temporary authentication failure', 'cannot check credentials now'],
    ['421 4.3.2 closing', '421 closing'],
    ['530 5.7.0 Must issue a STARTTLS command first', '530'],
    ['503 5.5.1 already authenticated', '503'],
  ])('%s is final', (line, reason) => {
    const { said, end } = play([line], user);
    expect(said).toHaveLength(1);
    expect(end).toMatchObject({ type: 'failed', reason: expect.stringContaining(reason), reply: { code: Number(line.slice(0, 3)) } });
  });

  it.each([
    ['504 5.5.4 unrecognized mechanism', 'does not know the mechanisms'],
    ['534 5.7.9 mechanism is too weak', 'stronger mechanism'],
    ['538 5.7.11 encryption required', 'stronger encryption'],
  ])('%s is about the mechanism: the next is tried, and then it is final', (line, reason) => {
    const tried = play([line, '334 ', '334 ', '235 ok'], user);
    expect(tried).toMatchObject({ end: { type: 'done', mechanism: 'LOGIN' } });
    expect(play([line, line], user).end).toMatchObject({ type: 'failed', reason: expect.stringContaining(reason) });
  });

  it('of our own side is said before anything is sent: in the clear, without the mechanism, without AUTH', () => {
    expect(play([], user, { isSecure: false }).end).toMatchObject({ reason: expect.stringContaining('never sent in the clear') });
    expect(play([], user, { offered: ['GSSAPI'] }).end).toMatchObject({ reason: expect.stringContaining('offers GSSAPI') });
    expect(play([], user, { offered: [] }).end).toMatchObject({ reason: 'the server offers no authentication' });
    expect(play([], { username: 'a\0b', password: '' }).end).toMatchObject({ reason: expect.stringContaining('NUL') });
  });
});

it('mechanisms are read from EHLO in both spellings', () => {
  const [reply] = new ReplyParser().push(Buffer.from('250-mx\r\n250-AUTH=LOGIN\r\n250 AUTH plain LOGIN\r\n'));
  expect(parseCapabilities(reply!).auth).toEqual(['LOGIN', 'PLAIN']);
});
