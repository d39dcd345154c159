import type { KeyObject } from 'node:crypto';

/** What the peer is given: the parts that our own engine would have rendered, ready to be put together. */
export interface PeerMessage {
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly envelopeFrom: string;
  readonly unsubscribeUrl: string;
}

export interface PeerJob {
  readonly port: number;
  readonly connections: number;
  readonly count: number;
  readonly messages: readonly PeerMessage[];
  /** PEM; without it nothing is signed. */
  readonly privateKey?: string | undefined;
  /** Uses the TLS that the server offers, whoever signed its certificate. */
  readonly usesTls: boolean;
}

export const sendingDomain = 'news.example.org';
export const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;

/** The message in nodemailer's words. */
export function mailOf(message: PeerMessage) {
  return {
    from: { name: 'News', address: `hello@${sendingDomain}` },
    to: message.to,
    subject: message.subject,
    html: message.html,
    text: message.text,
    headers: {
      'List-Unsubscribe': `<${message.unsubscribeUrl}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'Feedback-ID': 'bench:bulk:chapar:1',
    },
  };
}

/** What a process of the bench says of itself. */
export interface CpuUsage {
  readonly user: number;
  readonly system: number;
}
