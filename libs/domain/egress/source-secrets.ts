import type { SecretBox } from '#platform/secrets';

/** Secrets of a source, sealed for their row and purpose. */
export function sourceSecret(secrets: SecretBox, sourceId: number, purpose: 'proxy' | 'smarthost') {
  const place = `egress_sources/${sourceId}/${purpose}`;
  return {
    seal: (text: string): Buffer => secrets.seal(Buffer.from(text), place),
    /** @throws ChaparError `secret_unreadable` */
    open: (sealed: Buffer | null): string | undefined => (sealed ? secrets.open(sealed, place).toString() : undefined),
  };
}
