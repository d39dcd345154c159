import { createHmac } from 'node:crypto';

/** The constants of the derivation as AWS documents it ("Obtaining Amazon SES SMTP credentials"). */
const DATE = '11111111';
const SERVICE = 'ses';
const TERMINAL = 'aws4_request';
const MESSAGE = 'SendRawEmail';
const VERSION = 0x04;

/** The SMTP password that belongs to a secret access key in one region: a Signature Version 4 key, signed over a constant. */
export function sesSmtpPassword(secretAccessKey: string, region: string): string {
  const sign = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text, 'utf8').digest();
  const signature = [region, SERVICE, TERMINAL, MESSAGE].reduce<Buffer>(
    (key, text) => sign(key, text),
    sign(`AWS4${secretAccessKey}`, DATE),
  );
  return Buffer.concat([Buffer.from([VERSION]), signature]).toString('base64');
}

/** Where SES takes mail by SMTP in a region. */
export function sesEndpoint(region: string): string {
  return `email-smtp.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
}

export const SES_CONFIGURATION_SET = 'X-SES-CONFIGURATION-SET';
