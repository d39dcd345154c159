import sendgrid from '@sendgrid/mail';
import FormData from 'form-data';
import Mailgun from 'mailgun.js';
import { simpleParser } from 'mailparser';
import { Errors, ServerClient } from 'postmark';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, eventually, sendingDomain } from './api.fixture.js';

let api: TestApi;
let key: string;
const from = `Chapar <hello@${sendingDomain}>`;

beforeAll(async () => {
  api = await TestApi.start();
  key = await api.key({ scope: 'sending' });
  await api.source.query(`INSERT INTO suppressions (workspace_id, address_key, reason) VALUES ($1, 'gone@example.com', 'hard_bounce')`, [
    api.context.workspaceId,
  ]);
});
afterEach(() => void api.sink.messages.splice(0));
afterAll(() => api.close());

const arrived = (n: number) =>
  eventually(
    () => [...api.sink.messages].sort((a, b) => (a.rcptTo < b.rcptTo ? -1 : 1)),
    (messages) => messages.length >= n,
  );
const read = (content: Buffer) => simpleParser(content, { skipImageLinks: true });

describe('the official client of Postmark', () => {
  const client = (token = key) => new ServerClient(token, { useHttps: false, requestHost: `${new URL(api.url).host}/compat/postmark` });

  it('sends, with everything that a message can hold, and reads it back', async () => {
    const sent = await client().sendEmail({
      From: from,
      To: '"Ann, the first" <ann@example.com>, bob@example.com',
      Cc: 'carl@example.com',
      Bcc: 'dora@example.com',
      ReplyTo: 'desk@example.org',
      Subject: 'Salam',
      HtmlBody: '<p>Hello</p>',
      TextBody: 'Hello',
      Tag: 'welcome',
      Metadata: { order: '7' },
      Headers: [{ Name: 'X-Mine', Value: '1' }],
      Attachments: [{ Name: 'a.txt', Content: Buffer.from('attached').toString('base64'), ContentType: 'text/plain', ContentID: null }],
      MessageStream: 'outbound',
    });
    expect(sent).toMatchObject({ ErrorCode: 0, Message: 'OK', MessageID: expect.any(String), SubmittedAt: expect.any(String) });
    const messages = await arrived(4);
    const mail = await read(messages[0]!.content);
    expect(mail.headers.get('to')).toMatchObject({
      value: [{ name: 'Ann, the first', address: 'ann@example.com' }, { address: 'bob@example.com' }],
    });
    expect(mail.headers.get('x-mine')).toBe('1');
    expect(mail.attachments.map(({ filename, content }) => `${filename} ${content.toString()}`)).toEqual(['a.txt attached']);
    const details = await client().getOutboundMessageDetails(sent.MessageID);
    expect(details).toMatchObject({
      MessageID: sent.MessageID,
      Subject: 'Salam',
      Tag: 'welcome',
      Metadata: { order: '7' },
      HtmlBody: '<p>Hello</p>',
    });
    expect((await client().getOutboundMessages()).Messages.map(({ MessageID }) => MessageID)).toContain(sent.MessageID);
  });

  it('is told of suppressed recipients, and of each message of a batch', async () => {
    const mail = { From: from, Subject: 'x', TextBody: 'x' };
    await expect(client().sendEmail({ ...mail, To: 'gone@example.com' })).rejects.toBeInstanceOf(Errors.InactiveRecipientsError);
    const partly = await client().sendEmail({ ...mail, To: 'gone@example.com, ann@example.com' });
    expect(partly).toMatchObject({ ErrorCode: 0, Message: expect.stringContaining('gone@example.com') });
    const batch = await client().sendEmailBatch([
      { ...mail, To: 'bob@example.com' },
      { ...mail, To: 'nobody' },
      { ...mail, To: 'gone@example.com' },
    ]);
    expect(batch.map(({ ErrorCode }) => ErrorCode)).toEqual([0, 300, 406]);
    expect((await arrived(2)).map(({ rcptTo }) => rcptTo)).toEqual(['ann@example.com', 'bob@example.com']);
  });

  it('knows a wrong token, a wrong sender and a wrong message', async () => {
    const mail = { From: from, To: 'ann@example.com', Subject: 'x', TextBody: 'x' };
    await expect(client('wrong').sendEmail(mail)).rejects.toBeInstanceOf(Errors.InvalidAPIKeyError);
    await expect(client().sendEmail({ ...mail, From: 'a@example.net' })).rejects.toMatchObject({ code: 400, statusCode: 422 });
    await expect(client().sendEmail({ ...mail, Subject: 'a\nBcc: b@example.com' })).rejects.toBeInstanceOf(Errors.ApiInputError);
  });
});

describe('the official client of SendGrid', () => {
  beforeAll(() => {
    sendgrid.setApiKey(`SG.${key}`);
    (sendgrid as unknown as { client: { setDefaultRequest(name: string, value: string): void } }).client.setDefaultRequest(
      'baseUrl',
      `${api.url}/compat/sendgrid`,
    );
  });

  it('sends one message to many, or to each their own', async () => {
    const [answer] = await sendgrid.send({
      from: { email: `hello@${sendingDomain}`, name: 'Chapar, Inc.' },
      to: ['ann@example.com', { email: 'bob@example.com', name: 'Bob' }],
      subject: 'Salam',
      html: '<p>Hello</p>',
      text: 'Hello',
      categories: ['welcome'],
      customArgs: { order: '7' },
      attachments: [
        { filename: 'a.txt', content: Buffer.from('attached').toString('base64'), type: 'text/plain', disposition: 'attachment' },
      ],
    });
    expect(answer.statusCode).toBe(202);
    expect((answer.headers as Record<string, string>)['x-message-id']).toMatch(/^[0-9a-f-]{36}$/);
    const [first] = await arrived(2);
    const mail = await read(first!.content);
    expect(mail.from?.value).toEqual([{ name: 'Chapar, Inc.', address: `hello@${sendingDomain}` }]);
    expect(mail.attachments).toHaveLength(1);
    api.sink.messages.splice(0);
    await sendgrid.sendMultiple({
      from,
      to: ['ann@example.com', 'bob@example.com'],
      subject: 'Hello {{name}}',
      text: 'Dear {{name}}',
      substitutions: { name: 'friend' },
    });
    const each = await arrived(2);
    for (const { content } of each) {
      const one = await read(content);
      expect(one.subject).toBe('Hello friend');
      expect((one.headers.get('to') as { value: unknown[] }).value).toHaveLength(1);
    }
  });

  it('is told what is wrong, in its own words', async () => {
    const refused = (await sendgrid
      .send({ from: 'a@example.net', to: 'ann@example.com', subject: 'x', text: 'x' })
      .catch((e: unknown) => e)) as {
      code: number;
      response: { body: { errors: { message: string }[] } };
    };
    expect(refused.code).toBe(403);
    expect(refused.response.body.errors[0]!.message).toContain('example.net');
    await expect(sendgrid.send({ from, to: 'nobody', subject: 'x', text: 'x' })).rejects.toMatchObject({ code: 400 });
  });
});

describe('the official client of Mailgun', () => {
  const client = (secret = key) => new Mailgun(FormData).client({ username: 'api', key: secret, url: `${api.url}/compat/mailgun` });

  it('sends forms with files, and to each recipient their own', async () => {
    const sent = await client().messages.create(sendingDomain, {
      from,
      to: ['ann@example.com', 'Bob <bob@example.com>'],
      subject: 'Salam %recipient.name%',
      text: 'Hello %recipient.name%',
      'recipient-variables': JSON.stringify({ 'ann@example.com': { name: 'Ann' }, 'bob@example.com': { name: 'Bob' } }),
      'h:X-Mine': '1',
      'o:tag': ['welcome', 'ünïcode'],
      attachment: [{ filename: 'a.txt', data: Buffer.from('attached') }],
    });
    expect(sent).toMatchObject({ status: 200, message: 'Queued. Thank you.', id: expect.stringMatching(/^<.+@.+>$/) });
    const [ann, bob] = await arrived(2);
    expect((await read(ann!.content)).subject).toBe('Salam Ann');
    const mail = await read(bob!.content);
    expect(mail.text?.trim()).toBe('Hello Bob');
    expect(mail.headers.get('x-mine')).toBe('1');
    expect(mail.attachments.map(({ filename, content }) => `${filename} ${content.toString()}`)).toEqual(['a.txt attached']);
  });

  it('is told what is wrong, in its own words', async () => {
    const mail = { from, to: 'ann@example.com', subject: 'x', text: 'x' };
    await expect(client('wrong').messages.create(sendingDomain, mail)).rejects.toMatchObject({ status: 401 });
    await expect(client().messages.create(sendingDomain, { ...mail, to: 'nobody' })).rejects.toMatchObject({ status: 400 });
    await expect(client().messages.create(sendingDomain, { ...mail, 'o:unheard-of': 'yes' } as never)).rejects.toMatchObject({
      status: 400,
    });
  });
});

it('forms are for Mailgun alone', async () => {
  for (const contentType of ['multipart/form-data; boundary=x', 'application/x-www-form-urlencoded']) {
    const answer = await fetch(`${api.url}/emails`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': contentType },
      body: 'x',
    });
    expect(answer.status).toBe(415);
  }
});
