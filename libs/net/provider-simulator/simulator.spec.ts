import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type Server as HttpServer, createServer } from 'node:http';
import { type Socket, connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import nodemailer from 'nodemailer';
import { simpleParser } from 'mailparser';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '#base/kernel';
import { dialects } from './dialects.js';
import { fateOf } from './fate.js';
import { InboundSession } from './inbound-session.js';
import { sandboxNextHops, simulatedProviderOf, simulatedProviders } from './sandbox-next-hops.js';
import { Simulator, type SimulatorOptions } from './simulator.js';
import type { SimulatorLogEntry } from './simulator-log.js';

interface Visit {
  readonly method: string;
  readonly url: string;
  readonly agent: string;
  readonly body: string;
}

let visits: Visit[];
let returned: { from: string; to: string; raw: string }[];
let web: HttpServer;
let mx: SMTPServer;
let simulator: Simulator | undefined;
let publicUrl: string;

beforeEach(async () => {
  visits = [];
  returned = [];
  web = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      visits.push({ method: request.method!, url: request.url!, agent: request.headers['user-agent'] ?? '', body });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  publicUrl = `http://127.0.0.1:${(web.address() as { port: number }).port}`;
  mx = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, session, done) {
      let raw = '';
      stream.on('data', (chunk: Buffer) => (raw += chunk.toString()));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        returned.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo[0]!.address, raw });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => mx.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await simulator?.close();
  simulator = undefined;
  await new Promise((resolve) => web.close(resolve));
  await new Promise<void>((resolve) => mx.close(resolve));
});

async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const { port } = mx.server.address() as { port: number };
  simulator = await Simulator.start({
    seed: 'test',
    basePort: 0,
    mx: { host: '127.0.0.1', port },
    publicUrl,
    timeScale: 100_000,
    logger: silentLogger,
    ...options,
  });
  return simulator;
}

const receivesAll = { unknownUser: 0, inactive: 0, mailboxFull: 0, spam: 0, greylist: 0, busy: 0 };
const token = 'abcdefghijklmnopqrstuvwxyz234567';
const message = (to: string) =>
  [
    `DKIM-Signature: v=1; a=rsa-sha256; d=shop.example`,
    `Message-ID: <${to.replace('@', '.')}@shop.example>`,
    'From: Shop <news@shop.example>',
    `To: ${to}`,
    'Reply-To: r-token@bounces.shop.example',
    'Subject: News',
    'Feedback-ID: 1:shop',
    `List-Unsubscribe: <${publicUrl}/u/${token}>, <mailto:u@shop.example>`,
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    `<p><a href=3D"${publicUrl}/t/c/${token}">one</a> <a href=3D"${publicUrl}/t=`,
    `/c/${token.replace('a', 'b')}">two</a><a href=3D"https://elsewhere.example/">x</a></p>`,
    `<img src=3D"${publicUrl}/t/o/${token}.gif">`,
    '',
  ].join('\r\n');

async function send(to: string): Promise<{ code: number; response: string }> {
  const { hosts } = await simulator!.nextHops.resolve(to.split('@')[1]!);
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port: hosts[0]!.port,
    secure: false,
    tls: { rejectUnauthorized: false },
  });
  try {
    const sent = await transport.sendMail({ envelope: { from: 'b-token@bounces.shop.example', to }, raw: message(to) });
    return { code: 250, response: sent.response };
  } catch (error) {
    const { responseCode, response } = error as { responseCode: number; response: string };
    return { code: responseCode, response };
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await sleep(25);
  expect(condition()).toBe(true);
}

/** The first address of a domain whose fate is as wanted. */
function addressWith(domain: string, wanted: (fate: ReturnType<typeof fateOf>) => boolean): string {
  for (let i = 0; i < 200_000; i++) if (wanted(fateOf('test', `p${i}@${domain}`, ''))) return `p${i}@${domain}`;
  throw new Error('no such address');
}

describe('a fate', () => {
  it('depends on seed, address and mailing alone, and comes in the shares it should', () => {
    const fates = Array.from({ length: 20_000 }, (_, i) => fateOf('s', `p${i}@gmail.example`, 'c'));
    expect(fates).toEqual(Array.from({ length: 20_000 }, (_, i) => fateOf('s', `p${i}@gmail.example`, 'c')));
    const share = (test: (fate: (typeof fates)[number]) => boolean) => fates.filter(test).length / fates.length;
    expect(share((fate) => fate.reception === 'unknown-user')).toBeCloseTo(0.012, 2);
    expect(share((fate) => fate.reactions.opens.length > 0)).toBeCloseTo(0.34, 1);
    expect(fateOf('s', 'p1@gmail.example', 'c').reception).toBe(fateOf('s', 'p1@gmail.example', 'other').reception);
  });

  it('leads every domain to loopback and to one provider', async () => {
    const hops = sandboxNextHops({ basePort: 2600 });
    for (const domain of ['gmail.com', 'shop.example', 'simulator.chapar.test', 'x.ir', 'GMX.net']) {
      const { hosts } = await hops.resolve(domain);
      expect(hosts[0]!.addresses).toEqual(['127.0.0.1']);
      expect(hosts[0]!.port).toBe(2600 + simulatedProviders.indexOf(simulatedProviderOf(domain.toLowerCase())));
    }
  });
});

describe('the reserved addresses', () => {
  it.each([
    ['delivered@simulator.chapar.test', 250],
    ['delivered+tag@simulator.chapar.test', 250],
    ['bounced@simulator.chapar.test', 550],
    ['suppressed@simulator.chapar.test', 550],
    ['deferred@simulator.chapar.test', 451],
    ['complained@simulator.chapar.test', 250],
  ])('%s answers %i', async (address, code) => {
    await start();
    expect((await send(address)).code).toBe(code);
  });

  it('opened@ opens, and complained@ complains to the feedback address of the return path', async () => {
    const running = await start();
    await send('opened@simulator.chapar.test');
    await send('complained@simulator.chapar.test');
    await until(() => returned.length === 1 && visits.length === 2 && running.stats().pendingReactions === 0);
    expect(visits[0]).toMatchObject({ method: 'GET', url: `/t/o/${token}.gif` });
    expect(returned[0]).toMatchObject({ to: 'fbl@bounces.shop.example', raw: expect.stringContaining('Feedback-Type: abuse') });
  });
});

describe('providers', () => {
  it('greylist, and welcome the same pair after a while', async () => {
    await start({ timeScale: 600 });
    const grey = addressWith('office.example', (fate) => fate.reception === 'greylist');
    expect((await send(grey)).code).toBe(450);
    await sleep(700);
    expect((await send(grey)).code).toBe(250);
  });

  it('refuse unknown users in their own words, and mail without a signature', async () => {
    await start();
    for (const domain of ['gmail.example', 'yahoo.example', 'hotmail.example', 'icloud.example', 'gmx.example', 'office.example']) {
      const answer = await send(addressWith(domain, (fate) => fate.reception === 'unknown-user'));
      expect(answer.code).toBeGreaterThanOrEqual(550);
      expect(answer.response).toContain(dialects[simulatedProviderOf(domain).name].unknownUser.split('%r')[0]!.slice(0, 12));
    }
  });

  it('ask to slow down beyond their rate', async () => {
    const running = await start({ maxPerSecond: { google: 2 } });
    const codes: number[] = [];
    for (let i = 0; i < 8; i++) codes.push((await send('delivered+x@gmail.example')).code);
    expect(codes).toContain(421);
    expect(running.stats().providers['google']!.throttled).toBeGreaterThan(0);
  });

  it('write down what they took before they say so, and what was taken from them', async () => {
    const logFile = path.join(mkdtempSync(path.join(os.tmpdir(), 'chapar-simulator-')), 'log');
    const recipient = 'reader@gmail.example';
    await start({ logFile, rates: { lateBounce: 1, ...receivesAll } });
    const lines = () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as SimulatorLogEntry);
    await send(recipient);
    expect(lines()[0]).toEqual({
      took: recipient,
      messageId: '<reader.gmail.example@shop.example>',
      sender: 'b-token@bounces.shop.example',
    });
    await until(() => lines().length === 2);
    expect(lines()[1]).toEqual({ returned: 'late-bounce', from: recipient });
    rmSync(path.dirname(logFile), { recursive: true });
  });

  it('count a message that comes twice', async () => {
    const running = await start();
    for (let i = 0; i < 2; i++) await send('delivered@simulator.chapar.test');
    expect(running.stats()).toMatchObject({ accepted: 2, acceptedTwice: 1 });
  });
});

describe('people and machines', () => {
  it('do over HTTP and SMTP what their fate says', async () => {
    const running = await start({
      rates: { lateBounce: 0, open: 1, clickOfOpeners: 1, unsubscribe: 1, autoReply: 1, reply: 1, complaint: 0 },
    });
    await send('person@office.example');
    await until(() => running.stats().pendingReactions === 0 && running.stats().reactionsDone >= 5);
    expect(running.stats().failedReactions).toBe(0);
    expect(visits.some((visit) => visit.url.startsWith('/t/o/'))).toBe(true);
    expect(visits.some((visit) => visit.url.startsWith('/t/c/'))).toBe(true);
    expect(visits.some((visit) => visit.method === 'POST' && visit.url === `/u/${token}`)).toBe(true);
    const mails = await Promise.all(returned.map(async (mail) => ({ ...mail, parsed: await simpleParser(mail.raw) })));
    const auto = mails.find((mail) => mail.parsed.headers.get('auto-submitted') === 'auto-replied')!;
    const reply = mails.find((mail) => !mail.parsed.headers.has('auto-submitted'))!;
    expect(auto.from).toBe('');
    expect(reply).toMatchObject({ from: 'person@office.example', to: 'r-token@bounces.shop.example' });
    expect(reply.parsed.inReplyTo).toBe('<person.office.example@shop.example>');
    expect(visits.every((visit) => !visit.url.includes('elsewhere'))).toBe(true);
  });

  it('send mail back later, as reports that a mail parser understands', async () => {
    await start({ rates: { lateBounce: 1, unknownUser: 0, inactive: 0, mailboxFull: 0, spam: 0, greylist: 0, busy: 0 } });
    const domains = ['gmail.example', 'yahoo.example', 'outlook.example', 'chmail.example', 'one.example', 'two.example', 'three.example'];
    for (const domain of domains) await send(`gone@${domain}`);
    await until(() => returned.length === domains.length);
    for (const mail of returned) {
      expect(mail).toMatchObject({ from: '', to: 'b-token@bounces.shop.example' });
      const parsed = await simpleParser(mail.raw);
      expect(parsed.text).toMatch(/gone@/);
      if (mail.raw.includes('report-type=delivery-status'))
        expect((await PostalMime.parse(mail.raw)).attachments.map((part) => part.mimeType)).toContain('message/delivery-status');
    }
    expect(new Set(returned.map((mail) => /Subject: (.{9})/.exec(mail.raw)![1])).size).toBeGreaterThan(2);
  });

  it('scanners of companies follow every link, from a machine’s user agent', async () => {
    await start({ rates: { unknownUser: 0, inactive: 0, mailboxFull: 0, spam: 0, greylist: 0, busy: 0, open: 0 } });
    for (let i = 0; i < 20; i++) await send(`clerk${i}@office.example`);
    await until(() => visits.length >= 4);
    expect(visits.every((visit) => /Barracuda|Proofpoint|python|^Mozilla\/5\.0$/.test(visit.agent))).toBe(true);
    expect(new Set(visits.filter((visit) => visit.url.startsWith('/t/c/')).map((visit) => visit.url)).size).toBe(2);
  });
});

describe('a hostile or clumsy client', () => {
  it('gets an answer or is cut off, and the next one is served', async () => {
    await start();
    const { hosts } = await simulator!.nextHops.resolve('gmail.example');
    for (const bytes of [
      Buffer.alloc(100_000, 65),
      Buffer.from('\r\n'.repeat(5000)),
      Buffer.from('BDAT 99999999999\r\n'),
      Buffer.from('EHLO x\nMAIL FROM:<a@b.c>\n'),
      Buffer.from([0, 255, 254, 13, 10]),
    ]) {
      const socket: Socket = connect(hosts[0]!.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(bytes);
      await sleep(30);
      socket.destroy();
    }
    expect((await send('delivered@simulator.chapar.test')).code).toBe(250);
  });

  it('may cut its bytes anywhere: the same conversation comes out', () => {
    const script =
      'EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\nend\r\n.\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nBDAT 7\r\n12345\r\nBDAT 3 LAST\r\nabcQUIT\r\n';
    const run = (step: number) => {
      const messages: string[] = [];
      const session = new InboundSession(
        dialects.google,
        'mx',
        { onMail: () => undefined, onRecipient: () => undefined, onMessage: (m) => (messages.push(m.content.toString()), '250 ok') },
        false,
      );
      let out = '';
      for (let i = 0; i < script.length; i += step) out += session.push(Buffer.from(script.slice(i, i + step))).out;
      return { out, messages };
    };
    const whole = run(script.length);
    expect(whole.messages).toEqual(['Subject: x\r\n\r\n.dot\r\nend\r\n', '12345\r\nabc']);
    for (const step of [1, 2, 3, 7]) expect(run(step)).toEqual(whole);
  });
});
