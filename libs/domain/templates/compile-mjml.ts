import { Worker } from 'node:worker_threads';
import { templateLimits } from './limits.js';

export interface MjmlError {
  /** Line of the given MJML; 0 if it is not known. */
  readonly line: number;
  readonly message: string;
  readonly tagName: string;
}

export interface MjmlResult {
  readonly html: string;
  readonly errors: readonly MjmlError[];
}

interface Request {
  readonly id: number;
  readonly mjml: string;
  readonly resolve: (result: MjmlResult) => void;
}

const IDLE_MS = 30_000;

/** One worker thread for all compilations of a process, started when one is asked for and let go after a while. */
class MjmlCompiler {
  private worker: Worker | undefined;
  private readonly waiting: Request[] = [];
  private running: Request | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private idle: NodeJS.Timeout | undefined;
  private nextId = 0;

  compile(mjml: string): Promise<MjmlResult> {
    return new Promise((resolve) => {
      this.waiting.push({ id: this.nextId++, mjml, resolve });
      this.next();
    });
  }

  private next(): void {
    if (this.running) return;
    const request = this.waiting.shift();
    clearTimeout(this.idle);
    if (!request) {
      this.idle = setTimeout(() => this.stop(), IDLE_MS).unref();
      return;
    }
    this.running = request;
    this.worker ??= this.start();
    this.worker.ref();
    this.deadline = setTimeout(() => {
      this.stop();
      this.finish({
        html: '',
        errors: [failure(`the template takes longer than ${templateLimits.compileMs / 1000} seconds to compile: make it smaller`)],
      });
    }, templateLimits.compileMs);
    this.worker.postMessage({ id: request.id, mjml: request.mjml });
  }

  private start(): Worker {
    // The specs run the TypeScript sources, the product the compiled ones: the worker is beside either.
    const file = import.meta.url.endsWith('.ts') ? './mjml.worker.ts' : './mjml.worker.js';
    const worker = new Worker(new URL(file, import.meta.url), { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 512 } });
    worker.on('message', (message: MjmlResult & { id: number }) => {
      if (message.id === this.running?.id) this.finish({ html: message.html, errors: message.errors });
    });
    worker.on('error', (error) => {
      if (worker !== this.worker) return;
      this.worker = undefined;
      if (this.running) this.finish({ html: '', errors: [failure(`MJML failed: ${error.message}`)] });
    });
    return worker;
  }

  private finish(result: MjmlResult): void {
    clearTimeout(this.deadline);
    const request = this.running;
    this.running = undefined;
    this.worker?.unref();
    request?.resolve(result);
    this.next();
  }

  private stop(): void {
    const worker = this.worker;
    this.worker = undefined;
    void worker?.terminate();
  }
}

const failure = (message: string): MjmlError => ({ line: 0, message, tagName: 'mjml' });
const compiler = new MjmlCompiler();

/** MJML to HTML in a worker thread. Errors are returned, not thrown; after ten seconds the compilation is stopped. */
export const compileMjml = (mjml: string): Promise<MjmlResult> => compiler.compile(mjml);
