import type { SecretBox } from '#platform/secrets';

type Purpose = 'proxy' | 'smarthost';

/** Secrets of a source are sealed for their row and purpose. */
const placeOf = (sourceId: number, purpose: Purpose) => `egress_sources/${sourceId}/${purpose}`;

export function sealSecret(secrets: Pick<SecretBox, 'seal'>, sourceId: number, purpose: Purpose, text: string): Buffer {
  return secrets.seal(Buffer.from(text), placeOf(sourceId, purpose));
}

/** @throws ChaparError `secret_unreadable` */
export function openSecret(
  secrets: Pick<SecretBox, 'open'>,
  sourceId: number,
  purpose: Purpose,
  sealed: Buffer | null,
): string | undefined {
  return sealed ? secrets.open(sealed, placeOf(sourceId, purpose)).toString() : undefined;
}
