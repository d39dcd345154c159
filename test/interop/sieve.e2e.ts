import { expect, it } from 'vitest';
import { parseStructure } from '#protocol/mime-structure';
import { type SieveEnvironment, compileSieve, runSieve, sieveMessageOf } from '#protocol/sieve';
import { canUnpackDebianPrograms } from '#testing/debian-programs';
import { runPigeonhole } from '#testing/dovecot';
import { uglyMail } from './support/ugly-mail.js';

/* Scripts over ugly mail, and scripts that are none, in our interpreter and in Pigeonhole, Dovecot's. */
const envelope = { from: 'bounce+x@shop.example', to: 'me+tag@example.org' };
const REQUIRE =
  'require ["fileinto","envelope","variables","imap4flags","body","date","index","relational","subaddress","regex","copy","comparator-i;ascii-numeric","encoded-character"];\n';

/** Each adds 1 or 0 to the name of the mailbox that the message goes to. */
const tests = [
  'header :contains "subject" ["mail", "undeliver"]',
  'header :matches "subject" "*e*:*"',
  'header :is "subject" ""',
  'header :regex "subject" "^re(turned)?"',
  'header :comparator "i;octet" :contains "subject" "Mail"',
  'header :count "ge" "received" "3"',
  'header :index 1 :contains "received" "by"',
  'header :index 1 :last :contains "received" "from"',
  'header :value "gt" "subject" "n"',
  'header :contains "x-none" ""',
  'address :domain :contains "from" "."',
  'address :localpart :is "from" ["mailer-daemon", "postmaster"]',
  'address :user :matches "to" "*-*"',
  'address :detail :matches "to" "*"',
  'address :all :count "gt" ["to", "cc"] "1"',
  'envelope :detail "to" "tag"',
  'envelope :user :is "from" "bounce"',
  'envelope :domain :matches "from" "*.example"',
  'exists ["message-id", "date"]',
  'not exists "mime-version"',
  'size :over 3K',
  'size :under 1500',
  'date :zone "+0000" :value "ge" "date" "year" "2005"',
  'date :originalzone "date" "weekday" ["1", "2", "3"]',
  'date :zone "+0330" :value "lt" "date" "hour" "12"',
  'date :zone "+0000" :matches "date" "iso8601" "*T0*"',
  'date :zone "+0000" :value "gt" :comparator "i;ascii-numeric" "date" "julian" "53000"',
  'date :index 1 :zone "+0000" :value "ge" "received" "date" "2008-01-01"',
  'body :raw :contains "recipient"',
  'body :raw :matches "*user*unknown*"',
  'body :content "text/plain" :contains "message"',
  'body :content "text" :contains "<html"',
  'allof (header :contains "from" "daemon", anyof (false, not header :contains "to" "list"))',
  'string :matches "a-b-c" "*-*"',
  'string :is "${2}" "b-c"',
  'header :contains "subject" "${unicode:4d}ail"',
];

/** Whether they compile. */
const scripts = [
  'keep;',
  'KEEP;',
  'keep',
  'if true { keep; }',
  'if true keep;',
  'if true { keep; ',
  'elsif true { keep; }',
  'if true {} else {} else {}',
  'fileinto;',
  'fileinto "a" "b";',
  'fileinto ["a"];',
  'fileinto :copy "a";',
  'fileinto :folder "a";',
  'redirect "a@b.example";',
  'redirect "nobody";',
  'header :is "a" "b";',
  'if header :is "a" "b" "c" { stop; }',
  'if header :is :contains "a" "b" { stop; }',
  'if header :regex "a" "(" { stop; }',
  'if header :comparator "i;none" "a" "b" { stop; }',
  'if size :over 1K { stop; }',
  'if size 1K { stop; }',
  'if anyof (true, false) { stop; }',
  'if anyof () { stop; }',
  'if not true { stop; }',
  'if not { stop; }',
  'set "a" "b";',
  'set "1a" "b";',
  'set :lower :upper "a" "b";',
  'addflag "x" "y";',
  'keep; # comment',
  '/* comment */ keep;',
  '/* comment',
  'fileinto "open;',
  'fileinto text:\nInbox\n.\n;',
  // A zone that is none and a date part that is none are errors for us; Pigeonhole only warns.
  'frobnicate;',
  'if frobnicate { stop; }',
  'if header :value "xx" "a" "b" { stop; }',
  'keep; require "copy";',
  'if header ["a", "b",] "c" { stop; }',
];

/** Messages that Pigeonhole reads otherwise, as Dovecot does (mailbox-structure.e2e.ts, mailbox-order.e2e.ts say how). */
const leftOut = ['simple_35.txt', 'smtp32_01.txt', 'msg_14.txt', 'msg_25.txt', 'msg_33.txt', 'msg_41.txt'];

const environment: SieveEnvironment = {
  now: new Date('2030-01-01T00:00:00Z'),
  zoneMinutes: 0,
  mailboxExists: () => false,
  hasSpecialUse: () => false,
  isDuplicate: () => false,
};

it.skipIf(!canUnpackDebianPrograms)('scripts decide over ugly mail as they do in Pigeonhole', async () => {
  const steps = tests.map((test) => `if ${test} { set "r" "\${r}1"; } else { set "r" "\${r}0"; }`).join('\n');
  const script = `${REQUIRE}${steps}\nfileinto "R\${r}";\n`;
  const compiled = compileSieve(script);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  const mail = (await uglyMail()).filter(({ name }, index) => index % 4 === 0 && !leftOut.includes(name));
  const different: string[] = [];
  for (const { name, bytes } of mail) {
    const { said, errors } = await runPigeonhole(script, bytes, envelope);
    const theirs = /folder: R([01]+)/.exec(said ?? '')?.[1];
    expect(theirs, errors).toHaveLength(tests.length);
    const { actions } = runSieve(compiled.program, sieveMessageOf(parseStructure(bytes), bytes, envelope), environment);
    const [action] = actions;
    const ours = action?.action === 'fileinto' ? action.mailbox.slice(1) : JSON.stringify(actions);
    for (const [index, test] of tests.entries()) if (ours[index] !== theirs![index]) different.push(`${name}: ${test} is ${ours[index]}`);
  }
  expect(different).toEqual([]);
});

it.skipIf(!canUnpackDebianPrograms)('scripts are refused where Pigeonhole refuses them', async () => {
  const message = Buffer.from('Subject: x\r\n\r\ny\r\n');
  const different: string[] = [];
  for (const script of scripts) {
    const { said, errors } = await runPigeonhole(REQUIRE + script, message, envelope);
    const isOurs = 'program' in compileSieve(REQUIRE + script);
    if (isOurs !== (said !== undefined))
      different.push(`${script}: ${isOurs ? 'taken' : 'refused'} by us, not by Pigeonhole: ${errors.slice(0, 200)}`);
  }
  expect(different).toEqual([]);
});
