import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { expect, it } from 'vitest';
import { relaxedBody } from '#protocol/dkim';
import { type MessageParts, composeMessage } from './compose-message.js';
import { encodeQpSegment } from './quoted-printable.js';
import { serializeHeaders } from './header.js';
import { splitMessage } from './split-message.js';

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(' ', '.', '\n', 'a', '=', 'چ') }));
const content = fc.array(fc.oneof(text, fc.constant({ hole: 7 })), { maxLength: 5 });
const filename = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 80 })
  .filter((name) => name.trim() === name && !/[\p{Cc}\u2028\u2029]/u.test(name));
const attachments = fc.array(fc.record({ filename, content: fc.uint8Array({ maxLength: 300 }) }), { maxLength: 3 });
const FILLED = 'https://mail.example.org/t/c/abc?d=e';

const plain = (pieces: MessageParts['html']) => pieces!.map((piece) => (typeof piece === 'string' ? piece : FILLED)).join('');
const lines = (value: string) => value.replace(/\r\n|\r/g, '\n').replace(/\n+$/, '');

it('what is composed is read back, whatever it is, its holes filled, and its body is canonical where that is said', async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.option(content, { nil: undefined }), attachments, async (plainText, html, files) => {
      const composed = composeMessage({ boundary: '=_b', text: plainText, html, attachments: files });
      const pieces: Buffer[] = [];
      let from = 0;
      for (const { offset, id } of composed.holes) {
        expect(id).toBe(7);
        pieces.push(composed.body.subarray(from, offset), encodeQpSegment(FILLED));
        from = offset;
      }
      const body = Buffer.concat([...pieces, composed.body.subarray(from)]);
      if (composed.isCanonical) expect(relaxedBody(body)).toEqual(body);
      for (const line of body.toString('latin1').split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
      const mail = await PostalMime.parse(Buffer.concat([Buffer.from(`${serializeHeaders(composed.headers)}\r\n`), body]), {
        forceRfc822Attachments: true,
      });
      if (html) expect(lines(mail.html ?? '')).toBe(lines(plain(html)));
      expect(mail.attachments.map((one) => Buffer.from(one.content as ArrayBuffer).toString('hex'))).toEqual(
        files.map((one) => Buffer.from(one.content).toString('hex')),
      );
    }),
    { numRuns: 200 },
  );
});

it('a message is split into its fields and its body, and put together again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      const message = Buffer.concat([Buffer.from('From: a@x.org\r\nSubject: a\r\n b\r\nTo:c@x.org\r\n\r\n'), Buffer.from(bytes)]);
      const { headers, body } = splitMessage(message);
      expect(headers).toEqual([
        { name: 'From', value: 'a@x.org' },
        { name: 'Subject', value: 'a\r\n b' },
        { name: 'To', value: 'c@x.org' },
      ]);
      expect(body.equals(Buffer.from(bytes))).toBe(true);
      expect(() => splitMessage(Buffer.from(bytes))).not.toThrow();
    }),
  );
});
