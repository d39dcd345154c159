import { describe, expect, it } from 'vitest';
import { aclResponse, metadataResponse, quotaResponse } from './account-responses.js';
import { capabilities } from './capabilities.js';
import { FetchResponse } from './fetch-response.js';
import { ResponseBuilder } from './response-builder.js';
import {
  esearchResponse,
  idResponse,
  listLine,
  namespaceResponse,
  numbersResponse,
  statusLine,
  statusResponse,
  vanished,
} from './responses.js';
import { type ThreadNode, threadResponse } from './thread-response.js';

const plain = { isUtf8: false };
const utf8 = { isUtf8: true };
const build = (isUtf8: boolean, write: (builder: ResponseBuilder) => void) => {
  const builder = new ResponseBuilder({ isUtf8 });
  write(builder);
  return builder.take().toString();
};

describe('strings', () => {
  it('are quoted, literal or NIL by what is in them', () => {
    expect(build(false, (to) => to.string('a "b" \\c'))).toBe('"a \\"b\\" \\\\c"');
    expect(build(false, (to) => to.string('a\r\nb'))).toBe('{4}\r\na\r\nb');
    expect(build(false, (to) => to.string(Buffer.from('é')))).toBe('{2}\r\né');
    expect(build(true, (to) => to.string(Buffer.from('é')))).toBe('"é"');
    expect(new ResponseBuilder(utf8).string('\xe9').take()).toEqual(Buffer.from('{1}\r\n\xe9', 'latin1'));
    expect(new ResponseBuilder(plain).string('a\0').take()).toEqual(Buffer.from('{2}\r\na\x80', 'latin1'));
    expect(build(false, (to) => to.nstring(null).raw(' ').text('nil').raw(' ').text('').raw(' ').text('a.b]'))).toBe('NIL "nil" "" a.b]');
  });

  it('name mailboxes by the session', () => {
    expect(build(false, (to) => to.mailbox('é b'))).toBe('"&AOk- b"');
    expect(build(true, (to) => to.mailbox('é&'))).toBe('"é&"');
  });
});

it('lines', () => {
  expect(statusLine('a', 'OK', 'x\r\ny', { code: 'APPENDUID', uidValidity: 1, uids: [[3, 5]] }).toString()).toBe(
    'a OK [APPENDUID 1 3:5] x y\r\n',
  );
  expect(statusLine('*', 'NO', '', 'TRYCREATE').toString()).toBe('* NO [TRYCREATE] Done\r\n');
  expect(
    vanished(
      [
        [1, 3],
        [7, 7],
      ],
      true,
    ).toString(),
  ).toBe('* VANISHED (EARLIER) 1:3,7\r\n');
  expect(numbersResponse('SEARCH', []).toString()).toBe('* SEARCH\r\n');
  expect(numbersResponse('SORT', [3, 1], 5n).toString()).toBe('* SORT 3 1 (MODSEQ 5)\r\n');
  expect(esearchResponse('A1', { isUid: true, count: 0, all: [] }).toString()).toBe('* ESEARCH (TAG "A1") UID COUNT 0\r\n');
  expect(esearchResponse('x', { isUid: false, min: 1, max: 9, all: [[1, 9]], modSeq: 7n }).toString()).toBe(
    '* ESEARCH (TAG "x") MIN 1 MAX 9 ALL 1:9 MODSEQ 7\r\n',
  );
  expect(listLine('LIST', { name: 'a b', attributes: ['\\HasChildren'], childInfo: ['SUBSCRIBED'], oldName: 'c' }, plain).toString()).toBe(
    '* LIST (\\HasChildren) "/" "a b" ("CHILDINFO" ("SUBSCRIBED") "OLDNAME" (c))\r\n',
  );
  expect(statusResponse('INBOX', { MESSAGES: 1, HIGHESTMODSEQ: 5n, MAILBOXID: 'M1', APPENDLIMIT: null }, plain).toString()).toBe(
    '* STATUS INBOX (MESSAGES 1 HIGHESTMODSEQ 5 MAILBOXID (M1) APPENDLIMIT NIL)\r\n',
  );
  expect(namespaceResponse([{ prefix: '' }], [], [{ prefix: 'Shared/' }], plain).toString()).toBe(
    '* NAMESPACE (("" "/")) NIL (("Shared/" "/"))\r\n',
  );
  expect(idResponse({ name: 'Chapar' }).toString()).toBe('* ID ("name" "Chapar")\r\n');
  expect(quotaResponse('', [{ resource: 'STORAGE', used: 1, limit: 2 }], plain).toString()).toBe('* QUOTA "" (STORAGE 1 2)\r\n');
  expect(aclResponse('INBOX', [['sara', '']], plain).toString()).toBe('* ACL INBOX sara ""\r\n');
  expect(metadataResponse('', [['/shared/x', Buffer.from('a\0')]], plain).toString()).toBe('* METADATA "" (/shared/x ~{2}\r\na\0)\r\n');
});

it('FETCH joins its items, and leaves room for streamed bodies', () => {
  const answer = new FetchResponse(3, plain).uid(7).flags(['\\Seen']);
  answer.bodyHead(
    {
      item: 'BODY',
      isPeek: true,
      section: { part: [1], text: 'HEADER.FIELDS', fields: ['Date', 'x y'] },
      partial: { offset: 4, length: 9 },
    },
    2,
  );
  const head = answer.take().toString();
  answer.binary({ item: 'BINARY', part: [1], isPeek: false }, Buffer.from('\0')).preview('é');
  expect(`${head}ab${answer.end().toString()}`).toBe(
    '* 3 FETCH (UID 7 FLAGS (\\Seen) BODY[1.HEADER.FIELDS (Date "x y")]<4> {2}\r\nab BINARY[1] ~{1}\r\n\0 PREVIEW {2}\r\né)\r\n',
  );
});

it('THREAD writes chains, forks and missing roots (RFC 5256 §4), however deep', () => {
  const node = (number: number, ...children: ThreadNode[]): ThreadNode => ({ number, children });
  expect(threadResponse([node(2), node(3, node(6, node(4, node(23)), node(44, node(7, node(96)))))]).toString()).toBe(
    '* THREAD (2)(3 6 (4 23)(44 7 96))\r\n',
  );
  expect(threadResponse([node(0, node(3), node(5))]).toString()).toBe('* THREAD ((3)(5))\r\n');
  expect(threadResponse([]).toString()).toBe('* THREAD\r\n');
  let deep = node(1);
  for (let number = 2; number < 100_000; number += 1) deep = node(number, deep);
  expect(threadResponse([deep]).length).toBeGreaterThan(500_000);
});

it('capabilities follow the state and what an operator switched off', () => {
  const context = { isAuthenticated: false, isTls: false, hasTls: true, mayLogIn: false, mechanisms: ['PLAIN'] };
  expect(capabilities(context)).toEqual(['IMAP4rev1', 'LITERAL+', 'SASL-IR', 'ID', 'ENABLE', 'STARTTLS', 'LOGINDISABLED']);
  expect(capabilities({ ...context, isTls: true, mayLogIn: true })).toContain('AUTH=PLAIN');
  const after = capabilities({ ...context, isAuthenticated: true, appendLimit: 9, disabled: ['notify', 'QUOTA', 'THREAD=REFERENCES'] });
  expect(after).toContain('APPENDLIMIT=9');
  expect(after.filter((name) => /NOTIFY|QUOTA|THREAD=REF|AUTH|STARTTLS/.test(name))).toEqual([]);
});
