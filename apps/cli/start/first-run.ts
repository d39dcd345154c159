import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import { ensureFirstRun } from '#domain/accounts';
import { DomainService } from '#domain/deliverability';
import type { Config } from '#platform/config';
import type { SecretBox } from '#platform/secrets';

/** The first administrator's login, to be shown once. */
export interface AdminLogin {
  readonly email: string;
  /** Undefined when the configuration set it. */
  readonly password: string | undefined;
}

/**
 * Gives an empty database its workspace, administrator and sandbox domain. A generated password is noted in the data
 * directory before it is used and forgotten once shown, so that a start that dies in between does not lose it.
 */
export class FirstRun {
  private readonly note: string;

  constructor(
    private readonly config: Config,
    private readonly secrets: SecretBox,
  ) {
    this.note = path.join(config.dataDir, 'secrets', 'first-admin.json');
  }

  /** @returns the login that nobody has been shown yet, if there is one */
  async ensure(dataSource: DataSource): Promise<AdminLogin | undefined> {
    const [{ exists }] = (await dataSource.query('SELECT EXISTS (SELECT FROM workspaces) AS exists')) as [{ exists: boolean }];
    if (exists) return this.unshownLogin();
    const { adminPassword } = this.config;
    const login = { email: this.config.adminEmail ?? 'admin@localhost', password: adminPassword ?? randomBytes(15).toString('base64url') };
    if (adminPassword === undefined) this.noteDown(login);
    const domains = new DomainService(dataSource, this.secrets, this.config.hostname);
    const created = await ensureFirstRun(dataSource, {
      adminEmail: login.email,
      adminPassword: login.password,
      seed: async (manager, context) => void (await domains.addSandbox(manager, context)),
    });
    // Another machine on the same database was first: the login is that one's to show.
    if (!created) return this.forget();
    return { email: login.email, password: adminPassword === undefined ? login.password : undefined };
  }

  /** The login has been shown. */
  forget(): undefined {
    rmSync(this.note, { force: true });
  }

  private noteDown(login: AdminLogin): void {
    mkdirSync(path.dirname(this.note), { recursive: true, mode: 0o700 });
    writeFileSync(this.note, JSON.stringify(login), { mode: 0o600 });
  }

  private unshownLogin(): AdminLogin | undefined {
    return existsSync(this.note) ? (JSON.parse(readFileSync(this.note, 'utf8')) as AdminLogin) : undefined;
  }
}
