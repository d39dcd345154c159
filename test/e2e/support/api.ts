/** The HTTP API as a program calls it: with a key. */
export class Api {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  get<T = Record<string, unknown>>(path: string): Promise<T> {
    return this.call(path, { method: 'GET' });
  }

  post<T = Record<string, unknown>>(path: string, body?: object): Promise<T> {
    return this.call(path, {
      method: 'POST',
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  }

  /** The answer as it is, for what is expected to fail. */
  async raw(path: string, init: RequestInit = {}): Promise<{ status: number; body: Record<string, unknown> }> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.key}` };
    const response = await fetch(`${this.url}${path}`, { ...init, headers });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  private async call<T>(path: string, init: RequestInit): Promise<T> {
    const { status, body } = await this.raw(path, init);
    if (status >= 300) throw new Error(`${init.method} ${path} answered ${status}: ${JSON.stringify(body)}`);
    return body as T;
  }
}
