import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import { type ActorContext, silentLogger, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import {
  AppPasswords,
  FolderBeacon,
  MailAccounts,
  MailFolders,
  MailMessages,
  MailSignIn,
  MessageBytes,
  MessageSearch,
  mailstoreEntities,
} from '#domain/mailstore';
import { type RunningTextListener, type TextListenerOptions, startTextListener } from '#net/text-listener';
import { FileBlobStore } from '#platform/blobs';
import { testCertificate } from '#testing/certificates';
import { createTestDatabase } from '#testing/postgres';
import type { MailServices } from '../mail-services.js';
import { Pop3Session } from '../pop3/pop3-session.js';
import { ImapSession } from './imap-session.js';

export const password = 'correct horse battery';

/** A server with a mailbox `ann@shop.example` on a database of its own. */
export class ImapWorld {
  private constructor(
    readonly source: DataSource,
    readonly context: ActorContext,
    readonly services: MailServices & { readonly beacon: FolderBeacon; readonly appPasswords: AppPasswords },
    readonly accounts: MailAccounts,
    readonly plain: RunningTextListener,
    readonly pop3: RunningTextListener,
    private readonly cleanUp: () => Promise<void>,
  ) {}

  static async start(): Promise<ImapWorld> {
    const database = await createTestDatabase();
    const source = await database.open({ entities: [...accountsEntities, ...mailstoreEntities], poolSize: 12 });
    const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-mailstore-'));
    const workspaceId = uuidv7();
    await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Shop', 'shop')`, [workspaceId]);
    await source.query(
      `INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, 'shop.example', 'verified', 'b.shop.example')`,
      [uuidv7(), workspaceId],
    );
    const context = systemActor(workspaceId, 'test');
    const accounts = new MailAccounts(source);
    await accounts.create(context, { address: 'ann@shop.example', password, aliases: ['anna@shop.example'] });
    const blobs = new FileBlobStore(folder);
    const beacon = new FolderBeacon(source);
    await beacon.open();
    const key = Buffer.alloc(32, 3);
    const appPasswords = new AppPasswords(source, key);
    const services = {
      dataSource: source,
      folders: new MailFolders(source),
      messages: new MailMessages(source, blobs, beacon),
      bytes: new MessageBytes(blobs),
      search: new MessageSearch(source),
      beacon,
      appPasswords,
      signIn: new MailSignIn(source, appPasswords, key),
      hostname: 'mail.shop.example',
      logger: silentLogger,
      appendLimit: 1_000_000,
      allowsClearText: true,
    };
    const tls = await testCertificate(['localhost']);
    const limits = { maxConnections: 100, maxConnectionsPerAddress: 50, idleMs: 60_000 };
    const listen = (converse: TextListenerOptions['converse']) =>
      startTextListener({
        ...limits,
        bind: '127.0.0.1',
        port: 0,
        tls,
        isImplicitTls: false,
        logger: silentLogger,
        converse,
      });
    const [plain, pop3] = await Promise.all([
      listen((channel) => new ImapSession(channel, services)),
      listen((channel) => new Pop3Session(channel, services)),
    ]);
    return new ImapWorld(source, context, services, accounts, plain, pop3, async () => {
      await Promise.all([plain.close(), pop3.close()]);
      await beacon.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    });
  }

  async client(): Promise<ImapClient> {
    const client = await ImapClient.connect(this.plain.port);
    await client.say(`LOGIN ann@shop.example "${password}"`);
    return client;
  }

  close(): Promise<void> {
    return this.cleanUp();
  }
}

/** Speaks IMAP by hand: what it says and what it hears are lines, literals in their place. */
export class ImapClient {
  private heard = '';
  private wake: () => void = () => undefined;
  private count = 0;

  private constructor(readonly socket: net.Socket) {
    socket.on('data', (chunk) => {
      this.heard += chunk.toString('latin1');
      this.wake();
    });
    socket.on('close', () => this.wake());
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<ImapClient> {
    const client = new ImapClient(net.connect(port, '127.0.0.1'));
    await client.until(/^\* (OK|BYE) .*\r\n/);
    return client;
  }

  /** Everything up to what matches, taken away. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.heard);
      if (found) {
        const end = found.index + found[0].length;
        const text = this.heard.slice(0, end);
        this.heard = this.heard.slice(end);
        return text;
      }
      if (this.socket.destroyed) throw new Error(`the connection closed after: ${this.heard}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  send(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }

  /** @returns untagged lines and the tagged one without its tag */
  async say(command: string): Promise<string[]> {
    const tag = `t${++this.count}`;
    this.send(`${tag} ${command}\r\n`);
    const text = await this.until(new RegExp(`(^|\\r\\n)${tag} (OK|NO|BAD)[^\\r]*\\r\\n`));
    return text
      .replace(new RegExp(`(^|\\r\\n)${tag} `), '$1')
      .trimEnd()
      .split('\r\n');
  }

  async append(mailbox: string, message: string, flags = ''): Promise<string[]> {
    return this.say(`APPEND ${mailbox} ${flags}{${Buffer.byteLength(message, 'latin1')}+}\r\n${message}`);
  }

  end(): void {
    this.socket.destroy();
  }
}
