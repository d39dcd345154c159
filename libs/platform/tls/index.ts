import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generate } from 'selfsigned';
import type { Config } from '#platform/config';

export interface TlsCertificate {
  /** PEM */
  readonly key: string;
  /** PEM, the chain with the server's certificate first */
  readonly cert: string;
}

/**
 * The certificate that listeners present: the configured files, else a self-signed one that is made once and kept,
 * good enough for opportunistic TLS between mail servers.
 */
export async function loadTlsCertificate(
  config: Pick<Config, 'tlsCertFile' | 'tlsKeyFile' | 'dataDir' | 'hostname'>,
): Promise<TlsCertificate> {
  if (config.tlsCertFile && config.tlsKeyFile)
    return { cert: readFileSync(config.tlsCertFile, 'utf8'), key: readFileSync(config.tlsKeyFile, 'utf8') };
  const folder = path.join(config.dataDir, 'secrets');
  const files = { key: path.join(folder, 'tls-key.pem'), cert: path.join(folder, 'tls-cert.pem') };
  if (!existsSync(files.cert) || !existsSync(files.key)) {
    const made = await generate([{ name: 'commonName', value: config.hostname }], {
      keyType: 'ec',
      curve: 'P-256',
      notAfterDate: new Date(Date.now() + 10 * 365 * 86_400_000),
    });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(files.key, made.private, { mode: 0o600 });
    writeFileSync(files.cert, made.cert, { mode: 0o644 });
  }
  return { key: readFileSync(files.key, 'utf8'), cert: readFileSync(files.cert, 'utf8') };
}
