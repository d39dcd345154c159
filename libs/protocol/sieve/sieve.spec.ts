import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSieve } from './compile.js';
import { runSieve } from './run-sieve.js';
import type { SieveAction, SieveEnvironment, SieveMessage } from './sieve-message.types.js';

const headers: Readonly<Record<string, readonly string[]>> = {
  from: ['"Sara" <sara+news@shop.example>'],
  to: ['me@example.org, team@example.org'],
  subject: ['[list] Offer 50% سلام'],
  date: ['Tue, 08 Jan 2030 23:30:00 +0330'],
  received: ['from a by b; Wed, 09 Jan 2030 00:00:00 +0000', 'from c by d; Tue, 08 Jan 2030 21:00:00 +0000'],
  'message-id': ['<1@shop.example>'],
  'x-score': ['12'],
};
const message: SieveMessage = {
  sizeBytes: 5000,
  header: (name) => headers[name] ?? [],
  envelope: (part) => (part === 'from' ? 'bounce@shop.example' : 'me+tag@example.org'),
  rawBody: () => 'raw =D8',
  bodyParts: (types) => (types.includes('text/html') ? ['<b>html</b>'] : ['plain words']),
  bodyText: () => 'plain words',
};
const environment: SieveEnvironment = {
  now: new Date('2030-01-09T10:00:00Z'),
  zoneMinutes: 210,
  mailboxExists: (name) => name === 'Work',
  hasSpecialUse: (use, mailbox) => use === '\\Archive' && (mailbox === undefined || mailbox === 'Old'),
  isDuplicate: (handle, id) => handle === 'seen' && id === '<1@shop.example>',
};
const ALL = `require ["fileinto","envelope","variables","vacation","imap4flags","body","date","index","relational","subaddress","regex","copy","mailbox","special-use","duplicate","reject","ereject","encoded-character","comparator-i;ascii-numeric","vacation-seconds"];\n`;

function run(script: string): readonly SieveAction[] | string {
  const result = compileSieve(ALL + script);
  if ('problems' in result) return result.problems.map(({ line, column, message: text }) => `${line - 1}:${column} ${text}`).join('\n');
  const { actions, error } = runSieve(result.program, message, environment);
  return error ?? actions;
}
const is = (test: string) => JSON.stringify(run(`if ${test} { discard; }`)) === '[]';
const keep = (...flags: string[]): SieveAction => ({ action: 'keep', flags });
const into = (mailbox: string, ...flags: string[]): SieveAction => ({ action: 'fileinto', mailbox, flags, isCreating: false });

describe('actions', () => {
  it('keep a message unless something else was said', () => {
    expect(run('')).toEqual([keep()]);
    expect(run('discard;')).toEqual([]);
    expect(run('fileinto "A"; keep; stop; discard;')).toEqual([into('A'), keep()]);
    expect(run('fileinto :copy :create "A/B"; redirect :copy "x@y.z";')).toEqual([
      { ...into('A/B'), isCreating: true },
      { action: 'redirect', address: 'x@y.z' },
      keep(),
    ]);
    expect(run('fileinto "A"; fileinto "A";')).toEqual([into('A')]);
    expect(run('reject text:\nNo\n..dot\n.\n;')).toEqual([{ action: 'reject', reason: 'No\r\n.dot\r\n', isEreject: false }]);
  });

  it('choose between branches', () => {
    const script = (test: string) => `if false { fileinto "1"; } elsif ${test} { fileinto "2"; } else { fileinto "3"; }`;
    expect(run(script('true'))).toEqual([into('2')]);
    expect(run(script('not true'))).toEqual([into('3')]);
  });

  it('carry flags', () => {
    expect(run('setflag "\\\\Seen"; addflag ["a", "b \\\\SEEN"]; removeflag "A"; fileinto :copy "x";')).toEqual([
      into('x', '\\Seen', 'b'),
      keep('\\Seen', 'b'),
    ]);
    expect(run('keep :flags "\\\\Flagged \\\\Bogus";')).toEqual([keep('\\Flagged')]);
    expect(run('addflag "v" "x"; if hasflag "v" "x" { discard; }')).toEqual([]);
  });

  it('answer once, with a handle of their own for each text', () => {
    const [first] = run('vacation :days 3 :subject "Away\\r\\nBcc: x" :addresses ["me2@example.org"] "I am away";') as SieveAction[];
    expect(first).toMatchObject({ action: 'vacation', seconds: 259_200, addresses: ['me2@example.org'], isMime: false });
    expect((first as { subject: string }).subject).not.toMatch(/[\r\n]/);
    const [second] = run('vacation :seconds 60 "Other";') as SieveAction[];
    expect(second).toMatchObject({ seconds: 60 });
    expect((second as { handle: string }).handle).not.toBe((first as { handle: string }).handle);
    expect(run('vacation "a"; vacation "b";')).toBe('vacation stands twice');
  });
});

describe('tests', () => {
  it('compare headers, addresses, envelope and body', () => {
    for (const test of [
      'header :contains "subject" "OFFER"',
      'header :is "x-score" "12"',
      'header :value "gt" :comparator "i;ascii-numeric" "X-Score" "9"',
      'header :count "eq" ["from", "x-score"] "2"',
      'header :regex "subject" "off(er)? [0-9]+%"',
      'header :index 1 :last :contains "received" "from c"',
      'address :is "from" "SARA+news@shop.example"',
      'address :domain :is "from" "shop.example"',
      'address :user "from" "sara"',
      'address :detail "from" "news"',
      'address :localpart ["to"] "team"',
      'envelope :domain "from" "shop.example"',
      'envelope :detail "to" "tag"',
      'allof (exists ["from", "date"], not exists "cc", size :over 4K, not size :under 100)',
      'anyof (false, true)',
      'body :contains "plain"',
      'body :raw :contains "=D8"',
      'body :content "text/html" :contains "<b>"',
      'mailboxexists "Work"',
      'specialuse_exists "\\\\Archive"',
      'specialuse_exists "Old" "\\\\Archive"',
      'header :contains "subject" "${unicode:633}${hex: d9 84}"',
      'duplicate :handle "seen"',
    ])
      expect(is(test), test).toBe(true);
    for (const test of [
      'header :is "subject" ""',
      'header :contains :comparator "i;octet" "subject" "OFFER"',
      'address :detail "to" ""',
      'mailboxexists ["Work", "None"]',
      'specialuse_exists "New" "\\\\Archive"',
      'header :contains "nothing" ""',
    ])
      expect(is(test), test).toBe(false);
  });

  it('know dates, in the zone asked for', () => {
    for (const test of [
      'date :originalzone "date" "date" "2030-01-08"',
      'date :zone "+0000" "date" "hour" "20"',
      'date :originalzone "date" "zone" "+0330"',
      'date :index 2 "received" "weekday" "3"',
      'date :zone "+0000" "received" "iso8601" "2030-01-09T00:00:00+00:00"',
      'currentdate "time" "13:30:00"',
      'currentdate :zone "+0000" :value "ge" "date" "2030-01-09"',
      'currentdate :zone "+0000" "julian" "62510"',
    ])
      expect(is(test), test).toBe(true);
  });

  it('fill variables, each star taking as little as it can', () => {
    expect(run('if header :matches "subject" "[*] *" { set :lower :upperfirst "n" "${1}"; fileinto "${n}/${2}"; }')).toEqual([
      into('List/Offer 50% سلام'),
    ]);
    expect(run('if header :regex "subject" "([0-9]+)%" { fileinto "p${1}"; }')).toEqual([into('p50')]);
    expect(run('set "a" "x*"; set :quotewildcard "b" "${a}"; set :length "c" "${b}${nothing}"; fileinto "${c}${d";')).toEqual([
      into('3${d'),
    ]);
    expect(is('string :matches "aXbXc" "?X*c"')).toBe(true);
    expect(is('string :matches "abc" "a\\\\*c"')).toBe(false);
    expect(run('if string :matches "a-b-c" "*-*" { fileinto "${1}|${2}"; }')).toEqual([into('a|b-c')]);
  });

  it('remember what duplicate saw for the first time', () => {
    expect(run('if duplicate { discard; }')).toEqual([
      { action: 'remember', handle: '', id: '<1@shop.example>', seconds: 604_800 },
      keep(),
    ]);
    expect(run('if duplicate :handle "seen" :last :seconds 60 { discard; }')).toEqual([
      { action: 'remember', handle: 'seen', id: '<1@shop.example>', seconds: 60 },
    ]);
  });
});

describe('problems', () => {
  it('name their place in a sentence', () => {
    for (const [script, problem] of [
      ['keep', '1:1 A semicolon is missing after keep'],
      ['if true { keep; ', '1:17 A closing brace is missing'],
      ['keep "x;', '1:6 The string does not end: a quotation mark is missing'],
      ['\n  frobnicate;', '2:3 There is no command frobnicate'],
      ['fileinto :folder "x";', '1:10 fileinto knows no :folder'],
      ['if header :is :contains "a" "b" {}', '1:4 :is and :contains exclude each other'],
      ['if header "a" {}', '1:4 header lacks what to look for'],
      ['if header :regex "a" "(" {}', '1:4 "(" is no regular expression'],
      ['else { keep; }', '1:1 else has to follow an if'],
      ['require "fileinto";\nkeep;\nrequire "copy";', '3:1 require has to stand before everything else'],
      ['redirect "nobody";', '1:1 "nobody" is no address'],
      ['keep; foo; bar;', '1:7 There is no command foo\n1:12 There is no command bar'],
      ['size 5K;', '1:1 There is no command size'],
    ])
      expect(run(script!), script).toBe(problem);
    expect(compileSieve('fileinto "x";')).toMatchObject({
      problems: [{ line: 1, column: 1, message: 'fileinto needs require "fileinto"' }],
    });
    expect(compileSieve('require ["nonsense"];')).toMatchObject({ problems: [{ message: 'The extension "nonsense" is not known here' }] });
  });

  it('keep the message when they show up late', () => {
    const result = compileSieve(`${ALL}fileinto "a"; set "x" ""; fileinto "\${x}";`);
    expect('program' in result && runSieve(result.program, message, environment)).toEqual({
      actions: [keep()],
      error: 'fileinto: the mailbox has no usable name',
    });
  });
});

describe('bombs', () => {
  it('of nesting, stars and expressions end', () => {
    expect(run(`if ${'not '.repeat(10_000)}true {}`)).toMatch(/nested too deeply/);
    expect(run(`${'if true {'.repeat(10_000)}`)).toMatch(/nested too deeply/);
    expect(run('x'.repeat(300_000))).toMatch(/too long/);
    const long = 'a'.repeat(60_000);
    const bomb = compileSieve(`${ALL}if body :matches "${'*a'.repeat(200)}*b" { discard; } if body :regex "(a+)+$" { fileinto "r"; }`);
    expect('program' in bomb && runSieve(bomb.program, { ...message, bodyText: () => `${long}!` }, environment).actions).toEqual([keep()]);
    expect(run('if header :regex "subject" "((a{100}){100}){100}" {}')).toMatch(/no regular expression/);
    expect(run(`set "a" "${'x'.repeat(8000)}"; fileinto "${'${a}'.repeat(50_000)}";`)).toMatch(/no usable name/);
    expect(run(`fileinto "\${unicode:${'f'.repeat(200)}!}";`)).toEqual([into(`\${unicode:${'f'.repeat(200)}!}`)]);
    expect(is('header :contains "subject" "${unicode:d800}"')).toBe(false);
  });

  it('of any text neither throw nor hang', () => {
    const piece = fc.constantFrom(
      'if ',
      'true',
      'not ',
      'anyof (',
      ')',
      '{',
      '}',
      ';',
      '"',
      '"a" ',
      '[',
      ']',
      ',',
      ':is ',
      'header ',
      'keep',
      'text:\n',
      '.\n',
      '/*',
      '#',
      '5M ',
      'set ',
      '${1}',
      '\\',
      'require ',
      'vacation ',
      '\0',
      '\r\n',
    );
    const any = fc.oneof(
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(any, fc.boolean(), (script, isFull) => {
        const result = compileSieve(isFull ? ALL + script : script);
        if ('program' in result) runSieve(result.program, message, environment);
        else expect(result.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});
