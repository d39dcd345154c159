import { hash, verify } from '@node-rs/argon2';
import { accountsError } from './accounts.errors.js';

// OWASP's first choice for argon2id (the library's algorithm 2): 19 MiB, two passes, one lane.
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Compared against when the account does not exist, so that the time of an answer tells nothing. */
const decoy = hash('no account has this password', PARAMETERS);

/** @throws ChaparError `password_too_weak`; refused before hashing, so that a megabyte costs nothing. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < 12 || password.length > 200) throw accountsError('password_too_weak', 'A password needs 12 to 200 characters.');
  return hash(password.normalize('NFC'), PARAMETERS);
}

export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  if (password.length > 200) return false;
  const matches = await verify(passwordHash ?? (await decoy), password.normalize('NFC'));
  return matches && passwordHash !== undefined;
}
