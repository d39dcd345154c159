import { setTimeout as sleep } from 'node:timers/promises';

/** Programs that people read mail with. */
export const humanAgents = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; WOW64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)',
] as const;

export const webmailProxyAgents: Readonly<Record<string, string>> = {
  google: 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
  yahoo: 'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html',
};

export const PRIVACY_PROXY_AGENT = 'Mozilla/5.0';
export const scannerAgents = [
  'Barracuda Sentinel (EE)',
  'Mozilla/5.0 (compatible; Proofpoint URL Defense)',
  'python-requests/2.32.3',
] as const;

const TRIES = 6;

/** Makes requests to one origin and to no other: a simulated person never reaches the network. */
export class WebVisitor {
  constructor(private readonly origin: string) {}

  async get(url: string, userAgent: string, method: 'GET' | 'HEAD' = 'GET'): Promise<void> {
    await this.request(url, { method, headers: { 'user-agent': userAgent }, redirect: 'manual' });
  }

  /** RFC 8058 §3.2 */
  async postOneClick(url: string): Promise<void> {
    await this.request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'SimulatedMailbox/1.0' },
      body: 'List-Unsubscribe=One-Click',
      redirect: 'manual',
    });
  }

  /** A person who opens the page and presses its button. */
  async pressUnsubscribe(url: string, userAgent: string): Promise<void> {
    await this.get(url, userAgent);
    await this.request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent },
      body: 'action=unsubscribe',
      redirect: 'manual',
    });
  }

  private async request(url: string, init: RequestInit): Promise<void> {
    if (!url.startsWith(`${this.origin}/`)) throw new Error(`a simulated person was sent to ${url}`);
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
        await response.arrayBuffer();
        if (response.status < 500 || attempt >= TRIES) return;
      } catch (error) {
        if (attempt >= TRIES) throw error;
      }
      // The tracker may be starting again: people try again too.
      await sleep(200 * 2 ** attempt);
    }
  }
}
