// Pictures of every screen in both languages, light and dark, to docs/screens: `npm run screens -- URL EMAIL PASSWORD`,
// of a running sandbox installation that has sent a campaign. Small ones: they show layout and texts, not pixels.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { root } from './setup.mjs';

const [url, email, password, ...only] = process.argv.slice(2);
if (!password) {
  console.error('npm run screens -- URL EMAIL PASSWORD [screen …]');
  process.exit(2);
}
const folder = path.join(root, 'docs', 'screens');
const WIDE = { width: 1240, height: 820 };
const PHONE = { width: 390, height: 800 };
const SCALE = 0.58;

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  for (const language of ['en', 'fa']) {
    for (const [scheme, viewport, suffix] of [
      ['light', WIDE, ''],
      ['dark', WIDE, '-dark'],
      ['light', PHONE, '-phone'],
    ])
      await takeAll(language, scheme, viewport, suffix);
  }
} finally {
  await browser.close();
}

async function takeAll(language, colorScheme, viewport, suffix) {
  const context = await browser.newContext({
    locale: language === 'fa' ? 'fa-IR' : 'en-GB',
    timezoneId: 'Asia/Tehran',
    colorScheme,
    viewport,
    deviceScaleFactor: SCALE,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(`${url}/app/`);
  await page.waitForSelector('input[name=password]');
  const take = async (name) => {
    if (only.length > 0 && !only.includes(name)) return;
    await page.waitForTimeout(600);
    mkdirSync(path.join(folder, language), { recursive: true });
    await page.screenshot({ path: path.join(folder, language, `${name}${suffix}.png`) });
  };
  await take('sign-in');
  await page.fill('input[name=email]', email);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
  await page.waitForSelector('header');
  // Phones: the screens that people have in hand.
  const places =
    suffix === '-phone'
      ? (await placesOf(page)).filter(([name]) => /^(home|campaign|builder-|contacts|replies|queue|domain$)/.test(name))
      : await placesOf(page);
  for (const [name, where] of places) {
    if (only.length > 0 && !only.includes(name)) continue;
    await page.goto(`${url}/app${where}`);
    await page.locator('h1').first().waitFor();
    await page
      .locator('[role=status][aria-label]')
      .first()
      .waitFor({ state: 'detached', timeout: 10_000 })
      .catch(() => undefined);
    await take(name);
  }
  await context.close();
}

/** Names and addresses of the screens, those with an id by the newest thing of their kind. */
async function placesOf(page) {
  const ask = async (route) => (await (await page.request.get(`${url}${route}`)).json()).data ?? [];
  const [campaigns, templates, contacts, domains, lanes, webhooks, emails, threads, imports] = await Promise.all(
    [
      '/v1/campaigns',
      '/v1/templates',
      '/v1/contacts?limit=1',
      '/v1/domains',
      '/v1/queue',
      '/v1/webhooks',
      '/v1/emails',
      '/v1/threads',
      '/v1/imports',
    ].map(ask),
  );
  const sent = campaigns.find(({ report }) => report?.recipients > 0);
  const draft = campaigns.find(({ status }) => status === 'draft');
  const own = domains.find(({ status }) => status !== 'verified') ?? domains[0];
  return [
    ['home', '/'],
    ['campaigns', '/campaigns'],
    sent && ['campaign', `/campaigns/${sent.id}`],
    ...(draft ? ['audience', 'content', 'test', 'checks', 'schedule', 'review'] : []).map((step) => [
      `builder-${step}`,
      `/campaigns/${draft.id}/edit?step=${step}`,
    ]),
    ['templates', '/templates'],
    templates[0] && ['template', `/templates/${templates[0].id}`],
    ['contacts', '/contacts'],
    contacts[0] && ['contact', `/contacts/${contacts[0].id}`],
    ['lists', '/lists'],
    ['imports', '/imports'],
    imports[0] && ['import', `/imports/${imports[0].id}`],
    ['import-new', '/imports/new'],
    ['suppressions', '/suppressions'],
    ['replies', threads[0] ? `/replies?thread=${threads[0].id}` : '/replies'],
    ['messages', '/messages'],
    emails[0] && ['message', `/messages/${emails[0].id}`],
    ['domains', '/domains'],
    own && ['domain', `/domains/${own.id}`],
    ['queue', '/queue'],
    lanes[0] && ['lane', `/queue/${lanes[0].id}`],
    ['sources', '/sources'],
    ['keys', '/keys'],
    ['webhooks', '/webhooks'],
    webhooks[0] && ['webhook', `/webhooks/${webhooks[0].id}`],
    ['audit', '/audit'],
    ['settings', '/settings'],
  ].filter(Boolean);
}
