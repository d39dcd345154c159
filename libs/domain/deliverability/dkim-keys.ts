import { type KeyObject, createPrivateKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { DataSource, EntityManager } from 'typeorm';
import { type ActorContext, uuidv7 } from '#base/kernel';
import { deliverabilityError } from './deliverability.errors.js';
import { DkimKeyEntity, DomainEntity } from './domain.entity.js';

/** Encrypts what must not lie in the database in the clear; `aad` binds a secret to its row. */
export interface SecretSealer {
  seal(plaintext: Uint8Array, aad: string): Buffer;
  open(sealed: Uint8Array, aad: string): Buffer;
}

export interface SigningKeySet {
  readonly domain: string;
  readonly returnPathHost: string;
  readonly keys: readonly {
    readonly selector: string;
    readonly algorithm: 'rsa-sha256' | 'ed25519-sha256';
    readonly privateKey: KeyObject;
  }[];
}

const generate = promisify(generateKeyPair);

/** One selector for each algorithm, so that a verifier that knows only RSA never stumbles over the other record. */
const selectorOf = { 'rsa-sha256': (n: number) => `chapar${n}`, 'ed25519-sha256': (n: number) => `chapar${n}e` } as const;

/** Gives a domain an RSA-2048 (RFC 6376) and an Ed25519 (RFC 8463) key, the `number`th pair it has. */
export async function createDkimKeys(
  manager: EntityManager,
  context: ActorContext,
  domainId: string,
  sealer: Pick<SecretSealer, 'seal'>,
  { number, state }: { readonly number: number; readonly state: 'active' | 'next' } = { number: 1, state: 'active' },
): Promise<void> {
  const rsa = await generate('rsa', { modulusLength: 2048 });
  const ed25519 = await generate('ed25519', {});
  const pairs = [
    { algorithm: 'rsa-sha256' as const, pair: rsa, published: rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64') },
    // RFC 8463 §4: the raw 32 bytes, not the SubjectPublicKeyInfo around them.
    {
      algorithm: 'ed25519-sha256' as const,
      pair: ed25519,
      published: ed25519.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64'),
    },
  ];
  for (const { algorithm, pair, published } of pairs) {
    const id = uuidv7();
    await manager.getRepository(DkimKeyEntity).insert({
      id,
      workspaceId: context.workspaceId,
      domainId,
      selector: selectorOf[algorithm](number),
      state,
      algorithm,
      privateKeySealed: sealer.seal(pair.privateKey.export({ type: 'pkcs8', format: 'der' }), aadOf(id)),
      publicKey: published,
    });
  }
}

/** The private keys of a sending domain, opened for the process that signs. */
export class SigningKeys {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sealer: SecretSealer,
  ) {}

  /** @throws ChaparError `domain_not_found` */
  async forDomain(domainId: string): Promise<SigningKeySet> {
    const domain = await this.dataSource.getRepository(DomainEntity).findOneBy({ id: domainId });
    if (domain === null) throw deliverabilityError('domain_not_found', `There is no sending domain ${domainId}.`);
    const rows = await this.dataSource.getRepository(DkimKeyEntity).findBy({ domainId, state: 'active' });
    return {
      domain: domain.name,
      returnPathHost: domain.returnPathHost,
      keys: rows.map((row) => ({
        selector: row.selector,
        algorithm: row.algorithm,
        privateKey: createPrivateKey({ key: this.sealer.open(row.privateKeySealed, aadOf(row.id)), type: 'pkcs8', format: 'der' }),
      })),
    };
  }
}

function aadOf(keyId: string): string {
  return `dkim_keys/${keyId}`;
}
