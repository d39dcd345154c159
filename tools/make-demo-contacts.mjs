// Writes a contact file as a shop would export it: `node tools/make-demo-contacts.mjs --rows 1000000 --seed 7 > contacts.csv`.
// The same rows and seed give the same bytes. Of every 1,000 rows, 6 repeat an earlier address in another case and 4 hold
// something that is no address; every other address is unique by construction, so that nothing has to be remembered.
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { businessDomains, countries, mailboxProviders, notes, plans } from './demo-people.mjs';

export const defaults = { rows: 10_000, seed: 1403 };
export const header = 'email,first_name,last_name,city,language,signed_up,plan,notes';

const BLOCK = 1000;
const DUPLICATES_PER_BLOCK = 6;
const BAD_PER_BLOCK = 4;
const FIRST_SIGN_UP = Date.UTC(2022, 0, 1);
const SIGN_UP_DAYS = 1600;
const FLUSH_CHARACTERS = 64 * 1024;

/** mulberry32: 32 bits of state are enough for names, and no library may change the file by changing its own generator. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The lines of the file, header first, each with its line end. */
export function* contactLines({ rows, seed } = defaults) {
  yield `${header}\n`;
  const maker = new ContactMaker(seededRandom(seed));
  for (let from = 0; from < rows; from += BLOCK) {
    const kinds = maker.kindsOfBlock(Math.min(BLOCK, rows - from));
    for (const kind of kinds) yield toLine(maker.make(kind));
  }
}

class ContactMaker {
  #random;
  #people;
  #unique = 0;
  #bad = 0;
  /** The unique contacts of the last stretch: what a duplicate repeats. */
  #recent = [];

  constructor(random) {
    this.#random = random;
    this.#people = countries.map((country) => new People(country, random));
  }

  /** Which rows of a block are duplicates or bad; never its first, so that there is something to repeat. */
  kindsOfBlock(size) {
    const kinds = new Array(size).fill('unique');
    this.#mark(kinds, 'duplicate', Math.round((size * DUPLICATES_PER_BLOCK) / BLOCK));
    this.#mark(kinds, 'bad', Math.round((size * BAD_PER_BLOCK) / BLOCK));
    return kinds;
  }

  #mark(kinds, kind, count) {
    while (count > 0) {
      const at = 1 + this.#below(kinds.length - 1);
      if (kinds[at] !== 'unique') continue;
      kinds[at] = kind;
      count--;
    }
  }

  make(kind) {
    if (kind === 'duplicate') return this.#duplicate();
    const contact = this.#contact();
    if (kind === 'bad') return { ...contact, email: this.#spoil(contact.email) };
    this.#recent[this.#unique++ % BLOCK] = contact;
    return contact;
  }

  #contact() {
    const people = pickByWeight(this.#people, (one) => one.weight, this.#random());
    const person = people.next();
    const { first, last, number } = person;
    const language = this.#pick(people.languages);
    const isNative = this.#random() < people.nativeShare;
    const name = ([latin, native]) => (isNative && native ? native : latin.replaceAll('-', ' '));
    return {
      email: this.#address(localPart(first[0]), localPart(last[0]), number),
      first_name: this.#random() < 0.06 ? '' : name(first),
      last_name: this.#random() < 0.09 ? '' : name(last),
      city: this.#random() < 0.05 ? '' : name(this.#pick(people.cities)),
      language,
      signed_up: new Date(FIRST_SIGN_UP + this.#below(SIGN_UP_DAYS) * 86_400_000).toISOString().slice(0, 10),
      plan: this.#pick(plans),
      notes: this.#random() < 0.12 ? this.#pick(notes[language] ?? notes.en) : '',
    };
  }

  /** First name, last name and number can be read back out of every form, so different people never share an address. */
  #address(first, last, number) {
    const separator = this.#pick(['.', '.', '.', '_']);
    const suffix = number === 0 ? '' : String(number + 1);
    const tag = this.#random() < 0.03 ? this.#pick(['+news', '+books', '+tea', '+chaikhaneh']) : '';
    const domain = this.#domain();
    const local = `${first}${separator}${last}${suffix}`;
    const form = this.#random();
    if (form < 0.05) return `${titleCase(local)}${tag}@${domain}`;
    if (form < 0.07) return `${local}${tag}@${titleCase(domain)}`;
    if (form < 0.08) return `${local}${tag}@${domain}`.toUpperCase();
    return `${local}${tag}@${domain}`;
  }

  #domain() {
    let draw = this.#random() * 100;
    for (const { domain, share } of mailboxProviders) if ((draw -= share) < 0) return domain;
    return this.#pick(businessDomains);
  }

  /** The same person signed up again, typing differently. */
  #duplicate() {
    const earlier = this.#recent[this.#below(this.#recent.length)];
    const forms = [earlier.email.toLowerCase(), earlier.email.toUpperCase(), titleCase(earlier.email.toLowerCase())];
    return { ...earlier, email: this.#pick(forms.filter((form) => form !== earlier.email)), plan: this.#pick(plans) };
  }

  #spoil(email) {
    const [local, domain] = email.split('@');
    const forms = [`${local}.${domain}`, `${local}@@${domain}`, `${local.replace(/[._]/, ' ')}@${domain}`, '', `${local}.@${domain}`];
    return forms[this.#bad++ % forms.length];
  }

  #below(limit) {
    return Math.floor(this.#random() * limit);
  }

  #pick(list) {
    return list[this.#below(list.length)];
  }
}

/** Every pair of first and last name once, in shuffled order; then again with a number. */
class People {
  #order;
  #given = 0;
  #country;

  constructor(country, random) {
    this.#country = country;
    this.weight = country.weight;
    this.languages = country.languages;
    this.nativeShare = country.nativeShare;
    this.cities = country.cities;
    this.#order = Uint16Array.from({ length: country.first.length * country.last.length }, (_, index) => index);
    for (let at = this.#order.length - 1; at > 0; at--) {
      const other = Math.floor(random() * (at + 1));
      [this.#order[at], this.#order[other]] = [this.#order[other], this.#order[at]];
    }
  }

  next() {
    const { first, last } = this.#country;
    const index = this.#order[this.#given % this.#order.length];
    const number = Math.floor(this.#given++ / this.#order.length);
    return { first: first[index % first.length], last: last[Math.floor(index / first.length)], number };
  }
}

function pickByWeight(list, weightOf, draw) {
  const total = list.reduce((sum, one) => sum + weightOf(one), 0);
  let left = draw * total;
  return list.find((one) => (left -= weightOf(one)) < 0) ?? list[0];
}

const localPart = (name) => name.toLowerCase().replace(/[^a-z]/g, '');
const titleCase = (text) => text.replace(/(^|[._])([a-z])/g, (_, before, letter) => before + letter.toUpperCase());

/** RFC 4180 §2: fields with commas, quotes or line breaks are quoted. */
function toLine(contact) {
  return `${header
    .split(',')
    .map((column) => quoted(contact[column]))
    .join(',')}\n`;
}

const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Waits for the reader when it is slower than we are. */
export async function writeContacts(out, options) {
  let waiting = '';
  const flush = async () => {
    if (!out.write(waiting)) await once(out, 'drain');
    waiting = '';
  };
  for (const line of contactLines(options)) {
    waiting += line;
    if (waiting.length >= FLUSH_CHARACTERS) await flush();
  }
  await flush();
}

function readOptions() {
  const { values } = parseArgs({ options: { rows: { type: 'string' }, seed: { type: 'string' } } });
  const whole = (name) => {
    const text = values[name] ?? String(defaults[name]);
    if (!/^\d{1,9}$/.test(text)) throw new TypeError(`--${name} is a whole number, not "${text}"`);
    return Number(text);
  };
  return { rows: whole('rows'), seed: whole('seed') };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  // A reader such as `head` may have enough before the end.
  process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  await writeContacts(process.stdout, readOptions());
}
