import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from './support/installation.js';
import { WebApp, hasChromium, launchBrowser, screens } from './support/web-app.js';

const FIRST_LOAD_BYTES = 260 * 1024;

// Without Chromium this suite cannot run; the runner names it as skipped.
describe.skipIf(!hasChromium)('the web app', () => {
  let installation: Installation;
  let browser: Browser;
  let page: Page;
  let app: WebApp;
  let login: { email: string; password: string };

  beforeAll(async () => {
    installation = await Installation.create({ CHAPAR_SIMULATOR_TIME_SCALE: '5000' });
    login = (await installation.start('api,tracker,mta,mx,worker').ready()).login()!;
    browser = await launchBrowser();
    page = await browser.newPage({ locale: 'en-GB', viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
    app = new WebApp(page, installation.url);
    await app.open('/');
  });

  afterAll(async () => {
    await browser?.close();
    await installation?.dispose();
  });

  it('says what is wrong with a sign-in, and takes the right one, within its budget of scripts', async () => {
    await app.signIn({ ...login, password: 'something else entirely' });
    await page.getByTestId('sign-in-error').waitFor();
    expect(await app.accessibilityProblems()).toEqual([]);
    await app.signIn(login);
    await page.getByTestId('sample').waitFor();
    expect(await page.textContent('header')).toContain('Sandbox');
    expect(app.compressedScriptBytes()).toBeGreaterThan(50_000);
    expect(app.compressedScriptBytes()).toBeLessThan(FIRST_LOAD_BYTES);
  });

  it('sends a sample campaign and shows its progress and its report', async () => {
    await page.getByTestId('sample').click();
    const progress = page.getByTestId('progress');
    await progress.waitFor({ timeout: 60_000 });
    const shown = async () => Number(await progress.getAttribute('data-settled'));
    await expect.poll(shown, { timeout: 60_000 }).toBeGreaterThan(1_000);
    await page.getByText('Opened by machines').waitFor();
    await page.getByRole('heading', { name: 'By mailbox provider' }).waitFor();
  });

  it('pauses and resumes', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Paused', { exact: true }).waitFor({ state: 'detached' });
  });

  it('makes a small list over the API, for the campaigns to come', async () => {
    await app.makeList('Few readers', ['delivered@simulator.chapar.test', 'opened@simulator.chapar.test', 'bounced@simulator.chapar.test']);
  });

  it.each([
    { language: 'en', words: { lists: 'Send to', step: 'Review', template: 'Promotion', report: 'What people did' } },
    { language: 'fa', words: { lists: 'ارسال به', step: 'بازبینی', template: '', report: 'واکنش افراد' } },
  ])('goes from a template to a sent campaign and its report: $language', async ({ language, words }) => {
    if ((await page.getAttribute('html', 'lang')) !== language) await page.getByTestId('language').click();
    await page.locator(`html[lang=${language}]`).waitFor();
    await app.open('/campaigns?create=true');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('Browser test / آزمون');
    await dialog.locator('button[type=submit]').click();
    await page
      .getByRole('combobox', { name: words.lists })
      .or(page.getByRole('textbox', { name: words.lists }))
      .first()
      .click();
    await page.getByRole('option', { name: 'Few readers' }).click();
    await page.keyboard.press('Escape');
    await page.getByTestId('sendable').waitFor();
    await page.getByTestId('next').click();
    await page.getByRole('button', { name: language === 'fa' ? 'از گالری' : 'From the gallery' }).click();
    await page.locator('[data-testid^=gallery-] button').first().click();
    // Through the frame that has no rights: its document shows the mail, and nothing of ours stands in its way.
    await expect
      .poll(async () => (await page.frameLocator('iframe').locator('body').innerText()).length, { timeout: 20_000 })
      .toBeGreaterThan(100);
    await page.getByRole('tab', { name: words.step }).click();
    const confirm = page.getByTestId('confirm');
    await confirm.waitFor();
    const label = (await page.locator('form label').first().textContent())!;
    await confirm.fill(/[\d۰-۹][\d۰-۹٬,]*/.exec(label)![0]);
    await page.getByTestId('send').click();
    await page.getByTestId('progress').waitFor({ timeout: 60_000 });
    await expect.poll(() => page.getByTestId('progress').getAttribute('data-settled'), { timeout: 60_000 }).toBe('3');
    await page.getByRole('heading', { name: words.report }).waitFor();
    expect(await app.accessibilityProblems()).toEqual([]);
  });

  it('edits a template beside its preview, and says what does not compile with its line', async () => {
    await app.goTo('/templates');
    await page.locator('main a[href*="/templates/"]').first().click();
    await page.locator('.cm-line').first().waitFor();
    // The editor makes its styles as it starts: without the nonce there are none.
    expect(await page.evaluate(`getComputedStyle(document.querySelector('.cm-line')).fontFamily`)).toContain('mono');
    await page.frameLocator('iframe').locator('body').waitFor();
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('{{#if ');
    await page.locator('.cm-lintRange-error, .cm-lint-marker-error').first().waitFor();
    expect(await app.accessibilityProblems()).toEqual([]);
    for (let n = 0; n < 8; n++) await page.keyboard.press('Control+z');
    await page.locator('.cm-lint-marker-error').waitFor({ state: 'detached' });
  });

  it.each(['fa', 'en'])('shows every screen without a fault: %s', async (language) => {
    if ((await page.getAttribute('html', 'lang')) !== language) await page.getByTestId('language').click();
    await page.locator(`html[lang=${language}]`).waitFor();
    expect(await page.getAttribute('html', 'dir')).toBe(language === 'fa' ? 'rtl' : 'ltr');
    const faults: string[] = [];
    for (const where of screens) {
      await app.goTo(where);
      await app.settle();
      for (const problem of await app.accessibilityProblems()) faults.push(`${where} ${problem}`);
      for (const key of await app.untranslated()) faults.push(`${where} untranslated: ${key}`);
      await page.setViewportSize({ width: 360, height: 740 });
      if (!(await app.fits())) faults.push(`${where} is wider than a phone by ${await app.overflow()} px`);
      await page.setViewportSize({ width: 1280, height: 900 });
    }
    expect(faults).toEqual([]);
  });

  it('keeps what is on the screen when the session ends, and goes on after another sign-in', async () => {
    await app.open('/lists');
    await page.getByRole('button', { name: 'New list' }).click();
    await page.getByRole('dialog').getByRole('textbox').first().fill('Typed before');
    await page.context().clearCookies();
    await page.getByRole('dialog').locator('button[type=submit]').click();
    await page.getByText('Please sign in again').waitFor();
    await page.fill('input[name=password]', login.password);
    await page.locator('form:has(input[name=password]) button[type=submit]').click();
    await page.getByText('Please sign in again').waitFor({ state: 'detached' });
    expect(await page.getByRole('dialog').getByRole('textbox').first().inputValue()).toBe('Typed before');
    await page.getByRole('dialog').locator('button[type=submit]').click();
    await page.getByRole('link', { name: 'Typed before' }).waitFor();
  });

  it('signs out', async () => {
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForSelector('input[name=password]');
    expect(app.complaints).toEqual([]);
  });
});
