/** What a reader of mail acts on. */
export interface MessageFacts {
  readonly messageId: string;
  readonly subject: string;
  readonly from: string;
  readonly replyTo: string;
  readonly oneClickUrl: string | undefined;
  readonly pixelUrl: string | undefined;
  readonly links: readonly string[];
}

/** The value of the first field of that name, unfolded; not decoded. */
export function readHeader(head: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|\\r\\n)${name}:[ \\t]*((?:[^\\r]|\\r\\n[ \\t])*)`, 'i').exec(head);
  return match?.[1]?.replace(/\r\n[ \t]+/g, ' ').trim();
}

/**
 * Reads what reacting needs from a message of ours, cheaply: quoted-printable is undone as a text, and only addresses
 * under `origin` are taken, so that nothing is ever fetched from anywhere else.
 */
export function readMessage(content: Buffer, origin: string): MessageFacts {
  const text = content.toString('latin1');
  const head = text.slice(0, text.indexOf('\r\n\r\n') + 2);
  const body = text
    .slice(head.length)
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  const unsubscribe = readHeader(head, 'List-Unsubscribe') ?? '';
  const hasOneClick = /One-Click/i.test(readHeader(head, 'List-Unsubscribe-Post') ?? '');
  const oneClickUrl = [...unsubscribe.matchAll(/<([^>]+)>/g)]
    .map((match) => match[1]!.replace(/\s+/g, ''))
    .find((url) => url.startsWith(`${origin}/`));
  const html = body.slice(Math.max(0, body.indexOf('text/html')));
  const links = [...html.matchAll(/\shref="([^"]+)"/g)]
    .map((match) => unescapeHtml(match[1]!))
    .filter((url) => url.startsWith(`${origin}/t/c/`));
  const pixel = [...html.matchAll(/\ssrc="([^"]+)"/g)]
    .map((match) => unescapeHtml(match[1]!))
    .find((url) => url.startsWith(`${origin}/t/o/`));
  return {
    messageId: readHeader(head, 'Message-ID') ?? '',
    subject: readHeader(head, 'Subject') ?? '',
    from: addressIn(readHeader(head, 'From') ?? ''),
    replyTo: addressIn(readHeader(head, 'Reply-To') ?? readHeader(head, 'From') ?? ''),
    oneClickUrl: hasOneClick ? oneClickUrl : undefined,
    pixelUrl: pixel,
    links: [...new Set(links)],
  };
}

function addressIn(value: string): string {
  return /<([^>]+)>/.exec(value)?.[1] ?? value;
}

function unescapeHtml(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&#x3D;', '=').replaceAll('&quot;', '"');
}
