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

  /** Texts that nobody translated: keys, or English where the page is Persian. */
  async untranslated(): Promise<string[]> {
    const text = await this.page.evaluate('document.querySelector("main").innerText');
    return (
      (text as string)
        .match(/\b[a-z]+(\.[a-zA-Z]+){1,3}\b(?=$|\s)/gm)
        ?.filter((one) => !/\.(test|org|com|html|csv|[a-z]{2})$/.test(one) && !/^email\./.test(one)) ?? []
    );
  }

  overflow(): Promise<number> {
    return this.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  }
}
