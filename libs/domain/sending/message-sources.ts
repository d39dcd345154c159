import type { KeyObject } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { ChaparError, messageOf } from '#base/kernel';
import { type CompiledTemplate, type PreparedTemplate, prepareTemplate } from '#domain/templates';
import type { DkimKey } from '#protocol/dkim';
import { LruCache } from './lru-cache.js';
import { type SpoolBlobs, SpoolReader, type SpooledMessage } from './message-spool.js';
import { sendingError } from './sending.errors.js';

/** Where the private keys of sending domains come from: `SigningKeys` of the deliverability library. */
export interface SigningKeySource {
  forDomain(domainId: string): Promise<{
    readonly domain: string;
    readonly returnPathHost: string;
    readonly keys: readonly {
      readonly selector: string;
      readonly algorithm: 'rsa-sha256' | 'ed25519-sha256';
      readonly privateKey: KeyObject;
    }[];
  }>;
}

export interface Signer {
  readonly domain: string;
  readonly returnPathHost: string;
  readonly keys: readonly DkimKey[];
}

export interface LoadedTemplate {
  readonly compiled: CompiledTemplate;
  readonly prepared: PreparedTemplate;
}

/** The database did not answer: the message itself may be fine. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable';
}

/** A prepared 100 KB template takes some 300 KB. */
const TEMPLATES_KEPT = 100;
const SIGNERS_KEPT = 1_000;
/** A key that was rotated or a domain that was removed is noticed within a minute. */
const SIGNERS_FRESH_MS = 60_000;

/** What messages are made of, kept ready: template versions never change, keys seldom do. */
export class MessageSources {
  private readonly templates: LruCache<LoadedTemplate>;
  private readonly signers: LruCache<Signer>;
  private readonly spool: SpoolReader;
  private signersClearedAt = 0;

  constructor(
    dataSource: DataSource,
    keys: SigningKeySource,
    private readonly algorithms: readonly DkimKey['algorithm'][] = ['rsa-sha256', 'ed25519-sha256'],
    blobs?: SpoolBlobs,
  ) {
    this.spool = new SpoolReader(dataSource, blobs);
    this.templates = new LruCache(TEMPLATES_KEPT, async (id) => {
      const [row] = await available<{ compiled: CompiledTemplate }[]>(
        dataSource.query('SELECT compiled FROM template_versions WHERE id = $1', [id]),
      );
      if (!row) throw sendingError('sending_template_missing', `The template version ${id} does not exist.`);
      return { compiled: row.compiled, prepared: prepareTemplate(row.compiled) };
    });
    this.signers = new LruCache(SIGNERS_KEPT, async (domainId) => {
      const { domain, returnPathHost, keys: pairs } = await available(keys.forDomain(domainId));
      return {
        domain,
        returnPathHost,
        keys: pairs.filter(({ algorithm }) => this.algorithms.includes(algorithm)).map((key) => ({ ...key, domain })),
      };
    });
  }

  /** @throws ChaparError `sending_template_missing` */
  template(versionId: string): Promise<LoadedTemplate> {
    return this.templates.get(versionId);
  }

  /** @throws ChaparError `sending_spool_missing` */
  spooled(messageId: string): Promise<SpooledMessage> {
    return available(this.spool.read(messageId));
  }

  signer(domainId: string, now = Date.now()): Promise<Signer> {
    if (now - this.signersClearedAt > SIGNERS_FRESH_MS) {
      this.signers.clear();
      this.signersClearedAt = now;
    }
    return this.signers.get(domainId);
  }
}

async function available<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ChaparError) throw error;
    throw new SourceUnavailable(messageOf(error), { cause: error });
  }
}
