import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type Page, chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const assets = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'dist', 'web', 'assets');

export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });

/** Every screen that needs no id, and what is on it once it is there. */
export const screens = [
  '/',
  '/campaigns',
  '/templates',
  '/contacts',
  '/lists',
  '/imports',
  '/imports/new',
  '/suppressions',
  '/replies',
  '/messages',
  '/domains',
  '/queue',
  '/sources',
  '/keys',
  '/webhooks',
  '/audit',
  '/settings',
] as const;

/** The web app in a browser, and everything that it complained about. */
export class WebApp {
  readonly complaints: string[] = [];
  /** Scripts that were loaded, by their file names. */
  readonly scripts = new Set<string>();

  constructor(
    readonly page: Page,
    private readonly origin: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(`${error.name}: ${error.message}`));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to|missingKey|Warning: /.test(message.text())) this.complaints.push(message.text());
    });
    page.on('response', (response) => {
      const url = new URL(response.url());
      if (response.status() >= 500) this.complaints.push(`${response.status()} ${response.url()}`);
      if (url.pathname.startsWith('/assets/') && url.pathname.endsWith('.js')) this.scripts.add(path.basename(url.pathname));
    });
  }

  async open(where: string): Promise<void> {
    await this.page.goto(`${this.origin}/app${where}`);
  }

  async signIn(login: { email: string; password: string }): Promise<void> {
    await this.page.fill('input[name=email]', login.email);
    await this.page.fill('input[name=password]', login.password);
    await this.page.click('button[type=submit]');
  }

  /** Goes to a place of the rail without loading the page anew. */
  async goTo(where: string): Promise<void> {
    const link = this.page.locator(`nav a[href="/app${where}"]`);
    if ((await link.count()) > 0) await link.first().click();
    else await this.open(where);
  }

  /** Makes a list of a few contacts, over the API. */
  async makeList(name: string, emails: readonly string[]): Promise<void> {
    const post = async (route: string, data: object) =>
      (await (await this.page.request.post(`${this.origin}${route}`, { data })).json()) as { id: string };
    const list = await post('/v1/lists', { name });
    for (const email of emails) {
      const { id } = await post('/v1/contacts', { email, first_name: 'Sara' });
      await this.page.request.put(`${this.origin}/v1/contacts/${id}/lists/${list.id}`, { data: { status: 'subscribed' } });
    }
  }

  /** Until nothing is being loaded any more. */
  async settle(): Promise<void> {
    await this.page.locator('h1').first().waitFor();
    await this.page.locator('[role=status][aria-label]').first().waitFor({ state: 'detached', timeout: 20_000 });
  }

  /** Bytes of the scripts so far, as a browser gets them. */
  compressedScriptBytes(): number {
    return [...this.scripts].reduce((sum, name) => {
      const file = path.join(assets, `${name}.br`);
      return sum + (existsSync(file) ? statSync(file).size : 0);
    }, 0);
  }

  /** What axe finds wrong, as `rule: element`. */
  async accessibilityProblems(): Promise<string[]> {
    await this.page.evaluate(axeSource);
    const found = (await this.page.evaluate(
      `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'], iframes: false })
        .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) => id + ': ' + node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? ''))))`,
    )) as string[];
    return found;
  }

  /** Keys of texts that no language has, which the page then shows instead. What people and servers wrote is left out. */
  untranslated(): Promise<string[]> {
    return this.page.evaluate(`(() => {
      const copy = document.querySelector('main').cloneNode(true);
      copy.querySelectorAll('bdi, code').forEach((node) => node.remove());
      return copy.textContent.match(/\\b(common|shell|nav|palette|errors|home|campaigns|report|builder|templates|preview|contacts|lists|imports|suppressions|domains|queue|sources|keys|webhooks|messages|replies|audit|settings)(\\.[a-zA-Z_-]+)+/g) ?? [];
    })()`);
  }

  /** Whether the page is no wider than its window, once it has found its place in it. */
  async fits(): Promise<boolean> {
    for (let n = 0; n < 30; n++) {
      if ((await this.overflow()) <= 0) return true;
      await this.page.waitForTimeout(100);
    }
    return false;
  }

  overflow(): Promise<number> {
    return this.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  }
}
