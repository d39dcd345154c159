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
  readonly privateKey: string;
}

export const sendingDomain = 'news.example.org';
export const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;

/** What a process of the bench says of itself. */
export interface CpuUsage {
  readonly user: number;
  readonly system: number;
}
