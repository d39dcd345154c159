import { messageOf } from '#base/kernel';
import { type SpamJudgement, type TrainedCounts, examine, judge } from '#protocol/spam';
import { filesAt, readBeginning } from './explain-files.js';

/** What the filter says of one file, or why it could not be read. */
export interface JudgedFile {
  readonly file: string;
  readonly verdict: SpamJudgement['verdict'] | null;
  readonly score: number | null;
  readonly probability: number | null;
  readonly reasons: SpamJudgement['reasons'];
  readonly tokens: SpamJudgement['tokens'];
  readonly risks: readonly string[];
  readonly error?: string;
}

/** @param countsOf what was learnt of the tokens with these hashes; without it the shipped model speaks alone */
export async function* judgeFiles(
  places: readonly string[],
  countsOf?: (tokens: readonly number[]) => Promise<TrainedCounts>,
): AsyncGenerator<JudgedFile> {
  for (const place of places)
    for await (const file of filesAt(place)) {
      try {
        const examined = examine(await readBeginning(file));
        const trained = await countsOf?.(examined.tokens.map(({ hash }) => hash));
        yield { file, ...judge(examined, trained === undefined ? {} : { trained }) };
      } catch (error) {
        yield { file, verdict: null, score: null, probability: null, reasons: [], tokens: [], risks: [], error: messageOf(error) };
      }
    }
}
