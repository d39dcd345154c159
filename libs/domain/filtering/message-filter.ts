import { type Logger, messageOf } from '#base/kernel';
import {
  type ScannerAddress,
  type SpamOpinion,
  type VirusFinding,
  scanWithClamav,
  scanWithRspamd,
  scanWithSpamd,
} from '#net/mail-scanners';
import { type RuleHit, type SpamJudgement, examine, judge } from '#protocol/spam';
import { type ReceptionFacts, spamSignals } from './signals.js';
import type { SpamTraining } from './spam-training.js';

export interface ReceivedMail extends ReceptionFacts {
  readonly workspaceId: string;
  readonly raw: Buffer;
  readonly mailFrom: string;
  readonly recipient: string;
}

/** What is done with a message: `quarantine` until somebody decides. */
export type FilterAction =
  { readonly action: 'deliver' | 'junk' } | { readonly action: 'quarantine'; readonly cause: 'virus' | 'risk' | 'spam' };

export type FilterResult = FilterAction & { readonly judgement: SpamJudgement };

/** `mark`: everything is judged and delivered. */
export const filterModes = ['off', 'mark', 'filter'] as const;
export type FilterMode = (typeof filterModes)[number];

export interface Scanners {
  readonly clamav?: ScannerAddress | undefined;
  readonly rspamd?: ScannerAddress | undefined;
  readonly spamd?: ScannerAddress | undefined;
  readonly timeoutMs: number;
  /** What becomes of mail while a scanner does not answer: it waits, or passes without. */
  readonly whenUnavailable: 'wait' | 'pass';
}

export interface MessageFilterParts {
  readonly training: Pick<SpamTraining, 'countsOf'>;
  readonly scanners: Scanners;
  readonly mode: FilterMode;
  /** Our own name: nobody else introduces itself by it. */
  readonly hostname: string;
  readonly logger: Logger;
}

const OPINION_POINTS = { least: -1.5, most: 6 };
const TOO_LARGE: RuleHit = { rule: 'virus-unscanned', points: 0, sentence: 'It is too large for the virus scanner.' };

/** Judges received mail by rules, by what the workspace was taught, and by the scanners that are configured. */
export class MessageFilter {
  constructor(private readonly parts: MessageFilterParts) {}

  /** @throws ChaparError `scanner_unavailable` when the message has to wait for a scanner */
  async judge(mail: ReceivedMail): Promise<FilterResult> {
    const { training, mode, hostname } = this.parts;
    const examined = examine(mail.raw);
    const [trained, virus, opinions] = await Promise.all([
      training.countsOf(
        mail.workspaceId,
        examined.tokens.map(({ hash }) => hash),
      ),
      this.virusOf(mail.raw),
      this.opinionsOf(mail),
    ]);
    const hits = [...opinions, ...virusHits(virus)];
    const judgement = judge(examined, { signals: spamSignals(mail, hostname), trained, hits });
    return { ...(mode === 'filter' ? actionOf(judgement, virus) : ({ action: 'deliver' } as const)), judgement };
  }

  private async virusOf(raw: Buffer): Promise<VirusFinding> {
    const { clamav, timeoutMs } = this.parts.scanners;
    if (!clamav) return { result: 'clean' };
    return (await this.asked(() => scanWithClamav(clamav, raw, timeoutMs))) ?? { result: 'clean' };
  }

  private async opinionsOf({ raw, mailFrom, recipient, reception }: ReceivedMail): Promise<RuleHit[]> {
    const { rspamd, spamd, timeoutMs } = this.parts.scanners;
    const envelope = { mailFrom, recipient, remoteAddress: reception?.remoteAddress, helo: reception?.helo };
    const opinions = await Promise.all([
      rspamd && this.asked(() => scanWithRspamd(rspamd, raw, envelope, timeoutMs)),
      spamd && this.asked(() => scanWithSpamd(spamd, raw, timeoutMs)),
    ]);
    return (['Rspamd', 'SpamAssassin'] as const).flatMap((name, index) => {
      const opinion = opinions[index];
      return opinion ? [opinionHit(name, opinion)] : [];
    });
  }

  /** undefined: the scanner does not answer, and mail passes without. */
  private async asked<T>(scan: () => Promise<T>): Promise<T | undefined> {
    try {
      return await scan();
    } catch (error) {
      if (this.parts.scanners.whenUnavailable === 'wait') throw error;
      this.parts.logger.warn({ reason: messageOf(error) }, 'mail passes without a scanner that does not answer');
      return undefined;
    }
  }
}

function actionOf({ verdict, risks }: SpamJudgement, virus: VirusFinding): FilterAction {
  if (virus.result === 'infected') return { action: 'quarantine', cause: 'virus' };
  if (risks.length > 0 || virus.result === 'too-large') return { action: 'quarantine', cause: 'risk' };
  if (verdict === 'reject') return { action: 'quarantine', cause: 'spam' };
  return { action: verdict === 'junk' ? 'junk' : 'deliver' };
}

function virusHits(virus: VirusFinding): RuleHit[] {
  if (virus.result === 'infected')
    return [{ rule: 'virus', points: 20, sentence: `ClamAV found ${virus.name.replace(/[^\x20-\x7e]/g, '')} in it.` }];
  return virus.result === 'too-large' ? [TOO_LARGE] : [];
}

/** Its own scale, put to ours: at its threshold it is worth four points of the five that make junk. */
function opinionHit(name: 'Rspamd' | 'SpamAssassin', { score, threshold, rules }: SpamOpinion): RuleHit {
  const share = threshold > 0 ? score / threshold : 0;
  const points = Math.round(Math.max(OPINION_POINTS.least, Math.min(OPINION_POINTS.most, share * 4)) * 10) / 10;
  const why = rules
    .slice(0, 5)
    .join(', ')
    .replace(/[^\x20-\x7e]/g, '');
  return { rule: name.toLowerCase(), points, sentence: `${name} gives it ${score} of ${threshold}${why === '' ? '' : `: ${why}`}.` };
}
