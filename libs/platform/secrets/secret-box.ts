import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defineErrors } from '#base/kernel';

export const secretError = defineErrors({
  master_key_invalid: {
    kind: 'unavailable',
    retry: 'after-fix',
    meaning:
      'The master key is not 32 bytes in base64. Restore the file secrets/master-key of the data directory, or correct CHAPAR_SECRET_KEY.',
  },
  secret_unreadable: {
    kind: 'internal',
    retry: 'after-fix',
    meaning:
      'A sealed secret was made with another master key or belongs to another row. Restore the master key that belongs to this database.',
  },
});

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_BYTES = 4;

/**
 * Everything secret of one installation hangs on its master key: keys derived for a purpose, and values sealed at rest
 * with AES-256-GCM. A sealed value is bound to its place by `aad`, so that rows cannot be swapped.
 */
export class SecretBox {
  private readonly sealingKey: Buffer;
  private readonly keyId: Buffer;

  constructor(private readonly masterKey: Uint8Array) {
    if (masterKey.length !== KEY_BYTES) throw secretError('master_key_invalid', 'The master key must be 32 bytes.');
    this.sealingKey = this.deriveKey('seal');
    this.keyId = createHash('sha256').update(this.sealingKey).digest().subarray(0, KEY_ID_BYTES);
  }

  /** A key of its own for each purpose (RFC 5869), the same in every process of the installation. */
  deriveKey(purpose: string, lengthBytes = KEY_BYTES): Buffer {
    return Buffer.from(hkdfSync('sha256', this.masterKey, Buffer.alloc(0), `chapar/${purpose}`, lengthBytes));
  }

  /** @returns key id, nonce, tag and ciphertext in one buffer */
  seal(plaintext: Uint8Array, aad: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.sealingKey, nonce).setAAD(Buffer.from(aad));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([this.keyId, nonce, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws ChaparError `secret_unreadable` */
  open(sealed: Uint8Array, aad: string): Buffer {
    const bytes = Buffer.from(sealed);
    const nonceEnd = KEY_ID_BYTES + NONCE_BYTES;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.sealingKey, bytes.subarray(KEY_ID_BYTES, nonceEnd)).setAAD(Buffer.from(aad));
      decipher.setAuthTag(bytes.subarray(nonceEnd, nonceEnd + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(nonceEnd + TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      const isOtherKey = !bytes.subarray(0, KEY_ID_BYTES).equals(this.keyId);
      throw secretError(
        'secret_unreadable',
        isOtherKey ? 'A secret was sealed with another master key.' : 'A sealed secret was changed or moved.',
        { cause },
      );
    }
  }
}

/**
 * The installation's secrets: the master key from the configuration, else from the data directory, where the first
 * process to ask creates it.
 */
export function openSecrets(dataDir: string, configuredKey: string | undefined): SecretBox {
  const text = configuredKey ?? readOrCreateKey(path.join(dataDir, 'secrets', 'master-key'));
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES) throw secretError('master_key_invalid', `The master key is not 32 bytes in base64 but ${key.length}.`);
  return new SecretBox(key);
}

function readOrCreateKey(file: string): string {
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const partial = `${file}.${process.pid}`;
    writeFileSync(partial, randomBytes(KEY_BYTES).toString('base64'), { mode: 0o600 });
    try {
      // link() never replaces: of processes that start together one makes the key and all read that one.
      linkSync(partial, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(partial, { force: true });
    }
  }
  return readFileSync(file, 'utf8').trim();
}
