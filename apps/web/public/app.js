// The first page: what is running, and every campaign with its progress. No framework: the web app will replace it.
import { call, post } from './api.js';
import { sendSampleCampaign } from './sample.js';
import { texts } from './texts.js';

const main = document.querySelector('#main');
const notice = document.querySelector('#notice');
let language = localStorage.getItem('language') ?? (navigator.language.startsWith('fa') ? 'fa' : 'en');
let lastNews;
let timer;
const opened = new Set();
/** While the sample campaign is being made: the step it is at. */
let sampleStep;

const text = (key) => texts[language][key] ?? key;
const number = (value, digits = 0) =>
  new Intl.NumberFormat(language === 'fa' ? 'fa-IR' : 'en', { maximumFractionDigits: digits }).format(value);
const percent = (part, whole) =>
  new Intl.NumberFormat(language === 'fa' ? 'fa-IR' : 'en', { style: 'percent', maximumFractionDigits: 1 }).format(
    whole > 0 ? part / whole : 0,
  );
const time = (value) =>
  new Intl.DateTimeFormat(language === 'fa' ? 'fa-IR-u-ca-persian' : 'en', { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(value),
  );

/** Builds an element; strings become text nodes, so nothing a sender wrote is ever read as HTML. */
function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== false));
  return node;
}

function setLanguage(next) {
  language = next;
  localStorage.setItem('language', next);
  document.documentElement.lang = next;
  document.documentElement.dir = next === 'fa' ? 'rtl' : 'ltr';
  document.querySelector('#language').textContent = text('other');
  for (const node of document.querySelectorAll('[data-text]')) node.textContent = text(node.dataset.text);
}

function show(...nodes) {
  main.replaceChildren(...nodes);
}

function say(message) {
  notice.textContent = message ?? '';
  notice.hidden = !message;
}

function signInForm() {
  clearTimeout(timer);
  document.querySelector('#sign-out').hidden = true;
  const email = el('input', { type: 'email', autocomplete: 'username', required: true, dir: 'ltr' });
  const password = el('input', { type: 'password', autocomplete: 'current-password', required: true, dir: 'ltr' });
  const submit = async (event) => {
    event.preventDefault();
    try {
      await post('/v1/session', { email: email.value, password: password.value });
      say();
      await refresh();
    } catch (error) {
      say(error.message);
      password.focus();
    }
  };
  show(
    el(
      'form',
      { class: 'card', onsubmit: submit },
      el('h1', {}, text('signIn')),
      el('label', {}, text('email'), email),
      el('label', {}, text('password'), password),
      el('button', {}, text('signIn')),
    ),
  );
  email.focus();
}

async function refresh() {
  clearTimeout(timer);
  try {
    const [campaigns, status] = await Promise.all([call('/v1/campaigns'), call('/v1/status')]);
    lastNews = { at: new Date(), campaigns: campaigns.data, status };
    document.querySelector('#sign-out').hidden = false;
    say();
    draw();
  } catch (error) {
    if (error.status === 401) return signInForm();
    say(`${lastNews ? `${text('stale')} ${time(lastNews.at)}` : error.message}`);
  }
  timer = setTimeout(refresh, document.hidden ? 5000 : 1000);
}

function draw() {
  const { campaigns, status } = lastNews;
  const focused = document.activeElement?.dataset?.key;
  show(el('h1', {}, text('campaigns')), health(status), ...(campaigns.length > 0 ? campaigns.map(card) : [emptyCard(status)]));
  if (focused) main.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function emptyCard(status) {
  const isSandbox = status.delivery === 'sandbox';
  return el(
    'div',
    { class: 'card' },
    el('h2', {}, text('none')),
    el('p', { class: 'faint' }, text(isSandbox ? 'noneHelp' : 'noneHelpLive')),
    isSandbox &&
      el(
        'button',
        { type: 'button', 'data-key': 'sample', disabled: sampleStep !== undefined, onclick: startSample },
        text(sampleStep ?? 'sample'),
      ),
  );
}

async function startSample() {
  const step = (name) => {
    sampleStep = name;
    draw();
  };
  step('importing');
  try {
    await sendSampleCampaign(step);
    say();
  } catch (error) {
    say(error.message);
  }
  sampleStep = undefined;
  await refresh();
}

function health(status) {
  const good = status.mta_workers > 0;
  const lanes = status.lanes.filter((lane) => lane.waiting > 0);
  return el(
    'section',
    { class: 'card' },
    el(
      'p',
      { class: 'row' },
      el('span', { class: `state ${good ? 'good' : 'bad'}` }, good ? `✓ ${text('working')}` : `✗ ${text('notWorking')}`),
      el('span', { class: 'faint' }, `${number(status.waiting)} ${text('waiting')}`),
    ),
    el('p', { class: 'faint' }, text(status.delivery)),
    lanes.length > 0 && fold('lanes', text('queues'), laneTable(lanes)),
  );
}

function laneTable(lanes) {
  const head = [text('site'), text('count'), text('why')].map((name) => el('th', { scope: 'col' }, name));
  const rows = lanes.map((lane) =>
    el(
      'tr',
      {},
      el('td', {}, el('bdi', { dir: 'ltr' }, lane.site)),
      el('td', {}, number(lane.waiting)),
      el('td', {}, lane.reason ? el('bdi', { dir: 'auto' }, lane.reason) : text('moving')),
    ),
  );
  return el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...rows)));
}

function fold(key, title, content) {
  const toggle = (event) => (event.currentTarget.open ? opened.add(key) : opened.delete(key));
  return el('details', { open: opened.has(key), ontoggle: toggle }, el('summary', { 'data-key': key }, title), content);
}

const tones = { sending: 'wait', preparing: 'wait', paused: 'wait', sent: 'good', failed: 'bad', cancelled: 'bad' };

function card(campaign) {
  const { report } = campaign;
  const settled = report.recipients - report.queued;
  return el(
    'section',
    { class: 'card' },
    el(
      'div',
      { class: 'row' },
      el('h2', { dir: 'auto' }, campaign.name),
      el('span', { class: `state ${tones[campaign.status] ?? ''}` }, text('status')[campaign.status]),
    ),
    campaign.status_reason ? el('p', { dir: 'auto' }, campaign.status_reason) : undefined,
    el('p', { class: 'faint' }, el('bdi', { dir: 'ltr' }, campaign.from_email), ` · ${time(campaign.started_at ?? campaign.created_at)}`),
    report.recipients > 0 &&
      el('progress', { max: report.recipients, value: settled, 'aria-label': `${percent(settled, report.recipients)}` }),
    report.recipients > 0 &&
      el(
        'p',
        { class: 'faint row' },
        el('span', {}, `${number(settled)} / ${number(report.recipients)} (${percent(settled, report.recipients)})`),
        el('span', {}, `${number(report.throughputPerSecond, 1)} ${text('rate')}`),
      ),
    report.recipients > 0 && figures(report),
    report.recipients > 0 && fold(`report ${campaign.id}`, text('report'), fullReport(report)),
    actions(campaign),
  );
}

const figure = (title, value, note) => el('div', {}, el('dt', {}, title), el('dd', {}, value, note ? el('small', {}, note) : ''));

function figures(report) {
  const share = (count) => `${percent(count, report.delivered)} ${text('ofDelivered')}`;
  return el(
    'dl',
    {},
    figure(text('delivered'), number(report.delivered), percent(report.delivered, report.recipients)),
    figure(text('bounced'), number(report.bounced.total), report.bounced.late ? `${number(report.bounced.late)} ${text('later')}` : ''),
    figure(text('opens'), number(report.opens.human.unique), share(report.opens.human.unique)),
    figure(text('clicks'), number(report.clicks.human.unique), share(report.clicks.human.unique)),
  );
}

function fullReport(report) {
  const plain = [
    'recipients',
    'queued',
    'deferred',
    'unsubscribed',
    'complained',
    'replied',
    'autoReplied',
    'failed',
    'cancelled',
    'unknown',
    'suppressed',
  ];
  const classes = Object.entries(report.bounced.byClass);
  return el(
    'div',
    {},
    el(
      'dl',
      {},
      figure(text('machineOpens'), number(report.opens.machine.unique), `${number(report.opens.machine.total)} ${text('total')}`),
      figure(text('machineClicks'), number(report.clicks.machine.unique), `${number(report.clicks.machine.total)} ${text('total')}`),
      ...plain.map((key) => figure(text(key), number(report[key]))),
    ),
    classes.length > 0 && el('h2', { class: 'sub' }, text('bounceClasses')),
    classes.length > 0 &&
      el(
        'table',
        {},
        el(
          'tbody',
          {},
          ...classes.map(([name, count]) => el('tr', {}, el('td', {}, text('classes')[name] ?? name), el('td', {}, number(count)))),
        ),
      ),
  );
}

function actions(campaign) {
  const possible =
    { sending: ['pause', 'cancel'], paused: ['resume', 'cancel'], preparing: ['cancel'], scheduled: ['cancel'] }[campaign.status] ?? [];
  const act = async (action) => {
    if (action === 'cancel' && !confirm(text('sure'))) return;
    try {
      await post(`/v1/campaigns/${campaign.id}/${action}`);
    } catch (error) {
      say(error.message);
    }
    await refresh();
  };
  return (
    possible.length > 0 &&
    el(
      'p',
      {},
      ...possible.map((action) =>
        el('button', { type: 'button', class: 'quiet', 'data-key': `${action} ${campaign.id}`, onclick: () => act(action) }, text(action)),
      ),
    )
  );
}

document.querySelector('#language').addEventListener('click', () => {
  setLanguage(language === 'fa' ? 'en' : 'fa');
  if (lastNews) draw();
  else signInForm();
});
document.querySelector('#sign-out').addEventListener('click', async () => {
  await call('/v1/session', { method: 'DELETE' });
  lastNews = undefined;
  signInForm();
});

setLanguage(language);
await refresh();
