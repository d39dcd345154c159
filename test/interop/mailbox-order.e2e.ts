import { expect, it } from 'vitest';
import { CommandReader, type ImapCommand, type SearchKey, numbersResponse, threadResponse } from '#protocol/imap';
import { compileSearch, messageTexts, orderSummary, parseSentDate, sortMessages, threadMessages } from '#protocol/mail-search';
import { headerValues, parseStructure } from '#protocol/mime-structure';
import { canUnpackDebianPrograms } from '#testing/debian-programs';
import { talkToDovecotImap } from '#testing/dovecot';
import { uglyMail } from './support/ugly-mail.js';

/* SORT, THREAD and SEARCH of ugly mail: the same command goes to Dovecot and, through our reader, to our functions;
 * the answers are compared as bytes. */
const FIRST_DAY = Date.UTC(2010, 0, 1);
const DAY = 86_400_000;

const wanted = [
  ...['ARRIVAL', 'SIZE', 'DATE', 'FROM', 'TO', 'CC', 'SUBJECT', 'REVERSE DATE SUBJECT', 'DISPLAYFROM', 'DISPLAYTO'].map(
    (keys) => `SORT (${keys}) UTF-8 ALL`,
  ),
  'THREAD ORDEREDSUBJECT UTF-8 ALL',
  'THREAD REFERENCES UTF-8 ALL',
  ...[
    'ALL',
    '5:7,220:*',
    'FROM "mailer-daemon"',
    'TO "python"',
    'CC ""',
    'SUBJECT "delivery"',
    'HEADER Received "by "',
    'HEADER X-Mailer ""',
    'OR SUBJECT "failure" NOT FROM "postmaster"',
    'SENTON 4-Oct-2002',
    // With an end on both sides, since a message without a date is sent on no day, but before every day for Dovecot.
    'SENTSINCE 1-Jan-1990 SENTBEFORE 1-Jan-2001',
    'SENTSINCE 1-Jan-2010 SUBJECT "mail"',
    'SINCE 1-Feb-2010 BEFORE 1-Mar-2010',
    'LARGER 5000 SMALLER 8000',
    'BODY "user unknown"',
    // Single words: for us a line end within a phrase is a space.
    'TEXT "undeliverable"',
    'NOT (BODY "the" SUBJECT "e")',
  ].map((keys) => `SEARCH ${keys}`),
];

/** Messages of which Dovecot reads something else, so that they stand elsewhere. */
const leftOut: Readonly<Record<string, string>> = {
  'simple_35.txt': 'its sender has two @: Dovecot sorts by what is before the first',
  'smtp32_01.txt': 'the year 101 is 2001 (RFC 5322 §4.3), where Dovecot knows no date',
  // Its subject is GB2312 without saying so: what it is taken for decides where it stands.
  'sina_01.txt': 'raw bytes in its subject are no UTF-8',
  'msg_25.txt': 'a multipart without a boundary is searched as text, where Dovecot finds nothing',
};

it.skipIf(!canUnpackDebianPrograms)('order, threads and searches of ugly mail are those that Dovecot tells', async () => {
  const mail = (await uglyMail()).filter(({ name }) => leftOut[name] === undefined);
  const messages = mail.map(({ bytes }, index) => {
    const structure = parseStructure(bytes);
    const internalDate = new Date(FIRST_DAY + index * DAY);
    const header = headerValues(bytes.subarray(0, structure.root.header.length));
    const references = header.find(([name]) => name === 'references')?.[1];
    const facts = { number: index + 1, internalDate, sizeBytes: bytes.length };
    return { bytes, structure, ...facts, summary: orderSummary(facts, structure.envelope, references) };
  });
  const view = { largestSequence: messages.length, largestUid: messages.length, savedUids: [], now: new Date() };
  const found = (key: SearchKey) => {
    const test = compileSearch(key, view);
    return messages.filter(({ number, internalDate, sizeBytes, structure, bytes }) => {
      const sentDay = parseSentDate(structure.envelope.date)?.day ?? null;
      const store = { hasFlag: () => false, isRecent: false, modSeq: 1n, saveDate: null, emailId: 'e', threadId: null };
      const facts = { sequence: number, uid: number, internalDate, sizeBytes, sentDay, ...store };
      return test(facts) ?? test(facts, messageTexts(structure, bytes));
    });
  };
  const answer = (command: ImapCommand): Buffer => {
    if (command.name === 'SEARCH')
      return numbersResponse(
        'SEARCH',
        found(command.key).map(({ number }) => number),
      );
    const summaries = messages.map(({ summary }) => summary);
    if (command.name === 'SORT') return numbersResponse('SORT', sortMessages(summaries, command.criteria));
    if (command.name === 'THREAD') return threadResponse(threadMessages(summaries, command.algorithm));
    throw new TypeError(`${command.name} is not compared`);
  };

  const script = messages.flatMap(({ bytes, internalDate }) => {
    const [, day, month, year] = /^\w+, (\d+) (\w+) (\d+)/.exec(internalDate.toUTCString())!;
    return [`a APPEND INBOX "${day}-${month}-${year} 00:00:00 +0000" {${bytes.length}+}\r\n`, bytes, '\r\n'];
  });
  const said = await talkToDovecotImap([...script, 's SELECT INBOX\r\n', ...wanted.map((command, index) => `x${index} ${command}\r\n`)], {
    TZ: 'UTC',
  });
  const theirs = [...said.toString('latin1').matchAll(/^\* (?:SORT|THREAD|SEARCH).*\r\n/gm)].map(([line]) => line);
  expect(theirs).toHaveLength(wanted.length);

  const reader = new CommandReader();
  const different: Record<string, unknown> = {};
  for (const [index, command] of wanted.entries()) {
    reader.push(Buffer.from(`x ${command}\r\n`));
    const event = reader.next();
    const ours = event?.kind === 'command' ? answer(event.command).toString('latin1') : JSON.stringify(event);
    if (ours !== theirs[index]) different[command] = { ours, theirs: theirs[index] };
  }
  expect(different).toEqual({});
});
