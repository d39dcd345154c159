import type { DataSource } from 'typeorm';
import { messageOf } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { deliverabilityEntities } from '#domain/deliverability';
import { migrations } from '#migrations';
import { type Config, childEnvironment } from '#platform/config';
import { DataDirLock, EmbeddedPostgres, migrate, openDataSource } from '#platform/database';
import { openSecrets } from '#platform/secrets';
import { checkPorts } from './check-ports.js';
import type { ConsoleOutput } from './console-output.js';
import { type DeliveryMode, deliveryMode } from './delivery-mode.js';
import { FirstRun } from './first-run.js';
import { restartDelayMs } from './restart-delay.policy.js';
import { RoleProcess } from './role-process.js';
import { type RoleName, portsOf } from './roles.js';
import { formatSummary } from './summary.js';

const POSTGRES_ATTEMPTS = 5;

export interface SupervisorOptions {
  readonly config: Config;
  readonly roles: readonly RoleName[];
  readonly output: ConsoleOutput;
}

/**
 * The running product: one data directory, one PostgreSQL, one process per role. It starts them in order, keeps them
 * alive, and stops them in the opposite order.
 */
export class Supervisor {
  private lock: DataDirLock | undefined;
  private postgres: EmbeddedPostgres | undefined;
  private roles: RoleProcess[] = [];
  private startup: Promise<void> = Promise.resolve();
  private isStopping = false;
  private readonly ended = Promise.withResolvers<number>();

  constructor(private readonly options: SupervisorOptions) {}

  /** @throws ChaparError when the product cannot be started; whatever was started by then is stopped again */
  async start(): Promise<void> {
    this.startup = this.bringUp();
    try {
      await this.startup;
    } catch (error) {
      if (this.isStopping) return;
      this.isStopping = true;
      await this.takeDown();
      throw error;
    }
  }

  /** Resolves with the exit code once everything has ended. */
  get end(): Promise<number> {
    return this.ended.promise;
  }

  /** Lets every role finish what it has in hand, then stops the database. */
  async stop(code = 0): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true;
    this.options.output.say('Stopping: what is in flight is finished first. Ctrl-C again ends it at once.');
    await this.stopRoles();
    await this.startup.catch(() => undefined);
    await this.takeDown();
    this.options.output.say('Stopped.');
    this.ended.resolve(code);
  }

  /** Ends everything at once. Mail is safe: journals and the database say where it was. */
  async abort(): Promise<void> {
    this.isStopping = true;
    for (const role of this.roles) role.kill();
    await this.postgres?.stop();
    this.lock?.release();
    this.ended.resolve(1);
  }

  private async bringUp(): Promise<void> {
    const startedAt = Date.now();
    const { config, output } = this.options;
    const notify = (message: string) => output.say(message, 'warn');
    this.lock = await DataDirLock.acquire(config.dataDir, 'start', notify);
    await checkPorts(this.options.roles.flatMap((role) => portsOf(role, config)));
    const databaseUrl = config.databaseUrl ?? (await this.startPostgres(notify));
    if (this.isStopping) return;
    const secrets = openSecrets(config.dataDir, config.secretKey);
    const firstRun = new FirstRun(config, secrets);
    const dataSource = await openDataSource({
      url: databaseUrl,
      entities: [...accountsEntities, ...deliverabilityEntities],
      migrations,
      poolSize: 2,
      applicationName: 'chapar-supervisor',
    });
    const { login, delivery } = await this.prepare(dataSource, firstRun).finally(() => dataSource.destroy());
    if (this.isStopping) return;
    await this.startRoles(databaseUrl, delivery);
    if (this.isStopping) return;
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    output.block(
      formatSummary({
        config,
        roles: this.roles.map((role) => role.name),
        delivery,
        isEmbedded: config.databaseUrl === undefined,
        login,
        seconds,
      }),
    );
    firstRun.forget();
  }

  private async prepare(dataSource: DataSource, firstRun: FirstRun) {
    const applied = await migrate(dataSource);
    if (applied.length > 0)
      this.options.output.say(`The database schema is prepared (${applied.length} migration${applied.length === 1 ? '' : 's'}).`);
    const login = await firstRun.ensure(dataSource);
    return { login, delivery: await deliveryMode(this.options.config, dataSource) };
  }

  private async startPostgres(notify: (message: string) => void): Promise<string> {
    this.options.output.say('Starting the database …');
    this.postgres = await EmbeddedPostgres.start({ dataDir: this.options.config.dataDir, notify });
    this.postgres.onUnexpectedExit = (reason) => void this.revivePostgres(reason);
    return this.postgres.url;
  }

  /** Roles find the server again by their connection pools; it keeps its port. */
  private async revivePostgres(reason: string): Promise<void> {
    const { output } = this.options;
    for (let attempt = 1; !this.isStopping; attempt++) {
      output.say(`PostgreSQL ended unexpectedly: ${reason}. Starting it again; what was committed is safe.`, 'warn');
      try {
        await this.postgres!.restart();
        if (this.isStopping) await this.postgres!.stop();
        else output.say('PostgreSQL runs again.');
        return;
      } catch (error) {
        reason = messageOf(error);
        if (attempt >= POSTGRES_ATTEMPTS) break;
        await new Promise((resolve) => setTimeout(resolve, restartDelayMs(attempt)));
      }
    }
    if (this.isStopping) return;
    output.say(`PostgreSQL did not come back: ${reason}`, 'error');
    await this.stop(1);
  }

  private async startRoles(databaseUrl: string, delivery: DeliveryMode): Promise<void> {
    const { config, output } = this.options;
    const names = [...this.options.roles];
    if (delivery === 'sandbox' && names.includes('mta')) {
      await checkPorts(portsOf('simulator', config));
      names.push('simulator');
    }
    const env = childEnvironment({
      DATABASE_URL: databaseUrl,
      DATABASE_URL_FILE: undefined,
      CHAPAR_DATA_DIR: config.dataDir,
      CHAPAR_DELIVERY: delivery,
    });
    output.say(`Starting ${names.join(', ')} …`);
    this.roles = names.map((name) => new RoleProcess(name, { env, output, onChange: () => this.noteChildren() }));
    await Promise.all(this.roles.map((role) => role.start()));
  }

  private noteChildren(): void {
    const running = this.roles.filter((role) => role.pid !== undefined);
    try {
      this.lock?.setChildren(running.map((role) => ({ name: role.name, pid: role.pid! })));
    } catch (error) {
      this.options.output.say(`The data directory cannot be written: ${messageOf(error)}`, 'error');
    }
  }

  private async stopRoles(): Promise<void> {
    await Promise.all(this.roles.map((role) => role.stop()));
  }

  private async takeDown(): Promise<void> {
    await this.stopRoles();
    await this.postgres?.stop();
    this.lock?.release();
  }
}
