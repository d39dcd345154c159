import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

/** The HTTP API as any program outside would use it. */
export class ApiClient {
  private cookie = '';

  constructor(private readonly url: string) {}

  async isReady(): Promise<boolean> {
    return fetch(`${this.url}/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
  }

  async signIn(email: string, password: string): Promise<void> {
    const response = await this.request('POST', '/v1/session', JSON.stringify({ email, password }), 'application/json');
    this.cookie = response.headers.get('set-cookie')!.split(';')[0]!;
  }

  async get<T>(path: string): Promise<T> {
    return (await this.request('GET', path)).json() as Promise<T>;
  }

  async post<T>(path: string, body?: object): Promise<T> {
    return (await this.request('POST', path, body && JSON.stringify(body), 'application/json')).json() as Promise<T>;
  }

  async upload<T>(path: string, file: string): Promise<T> {
    return (await this.request('POST', path, Readable.toWeb(createReadStream(file)) as ReadableStream, 'text/csv')).json() as Promise<T>;
  }

  private async request(method: string, path: string, body?: string | ReadableStream, contentType?: string): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': contentType! }), ...(this.cookie ? { cookie: this.cookie } : {}) },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    } as RequestInit);
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({ message: response.statusText }))) as { message: string };
    throw new Error(`${method} ${path} was answered ${response.status}: ${problem.message}`);
  }
}
