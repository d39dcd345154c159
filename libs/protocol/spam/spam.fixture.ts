/** A message as its lines say, with what every mail program writes unless a field is given or taken away (null). */
export function mail(body: string | Buffer, fields: Readonly<Record<string, string | null>> = {}): Buffer {
  const all: Record<string, string | null> = {
    Received: 'from mx.example.net (mx.example.net [192.0.2.7]) by mail.example.org with ESMTPS id 1; Mon, 2 Mar 2026 10:00:01 +0000',
    From: 'Sara <sara@example.net>',
    To: 'Reza <reza@example.org>',
    Subject: 'Tuesday',
    Date: 'Mon, 2 Mar 2026 10:00:00 +0000',
    'Message-ID': '<a1@example.net>',
    'MIME-Version': '1.0',
    'Content-Type': 'text/plain; charset=utf-8',
    ...fields,
  };
  const header = Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n');
  return Buffer.concat([Buffer.from(`${header}\r\n\r\n`), Buffer.from(body)]);
}

export function htmlMail(html: string, fields: Readonly<Record<string, string | null>> = {}): Buffer {
  return mail(html, { 'Content-Type': 'text/html; charset=utf-8', ...fields });
}

/** A letter with one file. */
export function mailWith(fileName: string, type: string, content: Buffer, text = 'See the file.'): Buffer {
  const lines = [
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    '--b',
    `Content-Type: ${type}`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="${fileName}"`,
    '',
    content.toString('base64').replace(/.{76}/g, '$&\r\n'),
    '--b--',
    '',
  ];
  return mail(lines.join('\r\n'), { 'Content-Type': 'multipart/mixed; boundary=b' });
}

/** A zip with one stored entry (APPNOTE §4.3.7), as far as its name and flags go. */
export function zip(name: string, flags = 0, unpackedBytes = 4): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt16LE(flags, 6);
  header.writeUInt32LE(4, 18);
  header.writeUInt32LE(unpackedBytes, 22);
  header.writeUInt16LE(Buffer.byteLength(name), 26);
  return Buffer.concat([header, Buffer.from(name), Buffer.from('data')]);
}

/** The smallest thing that Windows would take for a program. */
export function program(): Buffer {
  const bytes = Buffer.alloc(256);
  bytes.write('MZ', 'latin1');
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write('PE', 0x80, 'latin1');
  return bytes;
}
