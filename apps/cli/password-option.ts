import { randomBytes } from 'node:crypto';
import { readStandardInput } from './output.js';

export interface PasswordOptions {
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

export interface ChosenPassword {
  readonly value: string;
  /** What may be printed: only what we made up. */
  readonly shown: { readonly password?: string };
}

/** The one from standard input, else a new one. */
export async function choosePassword({ passwordStdin }: PasswordOptions): Promise<ChosenPassword> {
  if (passwordStdin) return { value: await readStandardInput(), shown: {} };
  const value = randomBytes(15).toString('base64url');
  return { value, shown: { password: value } };
}

export function describeLogin(sentence: string, { shown }: ChosenPassword): string {
  return shown.password === undefined ? sentence : `${sentence}\nPassword: ${shown.password}`;
}
