import { X509Certificate } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, statSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '#base/kernel';
import type { Config } from '#platform/config';
import type { Finding } from './finding.js';

const LOW_DISK_BYTES = 2 * 1024 ** 3;
const DAY_MS = 24 * 3600_000;
const RENEW_DAYS = 14;

/** The data directory, its disk, the master key and the certificate. */
export function examineFiles(config: Config): Finding[] {
  return [examineDataDir(config), examineDisk(config), examineMasterKey(config), examineCertificate(config)];
}

function examineDataDir({ dataDir }: Config): Finding {
  const area = 'Data';
  const existing = nearestFolder(dataDir);
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
    return {
      area,
      verdict: 'good',
      found: existing === dataDir ? `${dataDir} can be written.` : `${dataDir} does not exist yet and can be created.`,
    };
  } catch {
    return {
      area,
      verdict: 'bad',
      found: `${existing} cannot be written by this user.`,
      remedy: 'Give this user write permission on it, or set CHAPAR_DATA_DIR to a folder that it owns.',
    };
  }
}

function examineDisk({ dataDir }: Config): Finding {
  const { bavail, bsize } = statfsSync(nearestFolder(dataDir));
  const free = bavail * bsize;
  const found = `${(free / 1024 ** 3).toFixed(1)} GiB free.`;
  if (free < LOW_DISK_BYTES)
    return {
      area: 'Disk',
      verdict: 'bad',
      found,
      remedy: 'PostgreSQL stops when the disk is full: free some space, or move CHAPAR_DATA_DIR to a larger disk.',
    };
  return { area: 'Disk', verdict: 'good', found };
}

function examineMasterKey({ dataDir, secretKey }: Config): Finding {
  const area = 'Master key';
  if (secretKey !== undefined) return { area, verdict: 'good', found: 'Comes from CHAPAR_SECRET_KEY.' };
  const file = path.join(dataDir, 'secrets', 'master-key');
  if (!existsSync(file)) return { area, verdict: 'good', found: 'Will be made on the first start.' };
  if ((statSync(file).mode & 0o077) !== 0)
    return { area, verdict: 'bad', found: `${file} can be read by other users of this machine.`, remedy: `chmod 600 ${file}` };
  return {
    area,
    verdict: 'advice',
    found: `Lies beside the data it protects (${file}).`,
    remedy: 'Keep a copy of it apart from the backups of the database: without it no DKIM key can be read.',
  };
}

function examineCertificate({ tlsCertFile, tlsKeyFile }: Config): Finding {
  const area = 'TLS';
  if (tlsCertFile === undefined || tlsKeyFile === undefined)
    return {
      area,
      verdict: 'advice',
      found: 'Listeners present a self-signed certificate.',
      remedy: 'For mail programs and strict senders set CHAPAR_TLS_CERT_FILE and CHAPAR_TLS_KEY_FILE.',
    };
  try {
    accessSync(tlsKeyFile, constants.R_OK);
    const certificate = new X509Certificate(readFileSync(tlsCertFile));
    const days = Math.floor((new Date(certificate.validTo).getTime() - Date.now()) / DAY_MS);
    if (days < 0)
      return {
        area,
        verdict: 'bad',
        found: `The certificate ran out on ${certificate.validTo}.`,
        remedy: 'Renew it; it is read again when the file changes.',
      };
    return {
      area,
      verdict: days < RENEW_DAYS ? 'advice' : 'good',
      found: `The certificate is good for ${days} more days.`,
      ...(days < RENEW_DAYS ? { remedy: 'Renew it soon; it is read again when the file changes.' } : {}),
    };
  } catch (error) {
    return {
      area,
      verdict: 'bad',
      found: `The certificate cannot be read: ${messageOf(error)}`,
      remedy: 'Correct CHAPAR_TLS_CERT_FILE and CHAPAR_TLS_KEY_FILE.',
    };
  }
}

function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(path.dirname(folder));
}
