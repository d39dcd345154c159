import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { findFreePorts } from '#platform/ports';

const PROGRAM = '/usr/bin/redis-server';

/** A real Redis that keeps nothing on disk: flushed or killed, it has forgotten everything. */
export class ChaosRedis {
  private child: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  static readonly canRun: boolean = existsSync(PROGRAM);

  static async start(): Promise<ChaosRedis> {
    const redis = new ChaosRedis(await findFreePorts(1));
    await redis.launch();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async flush(): Promise<void> {
    const client = new Redis(this.url);
    await client.flushall();
    client.disconnect();
  }

  /** Bytes that it has allocated. */
  async usedBytes(): Promise<number> {
    const client = new Redis(this.url);
    const info = await client.info('memory');
    client.disconnect();
    return Number(/used_memory:(\d+)/.exec(info)?.[1]);
  }

  async crash(): Promise<void> {
    await this.stop();
    await this.launch();
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = undefined;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  private async launch(): Promise<void> {
    const child = spawn(PROGRAM, ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => chunk.includes('Ready to accept') && resolve());
      child.once('exit', () => reject(new Error('redis-server does not start')));
    });
  }
}
