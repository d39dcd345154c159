import { type WarmupRamp, quotaOf, stepsOf } from './warmup-ramp.js';

/** Shares of a day's mail, 0 to 1: from `hold` on the ramp stands still, from `back` on it goes a step back. */
export interface WarmupThresholds {
  readonly deferred: Threshold;
  readonly bounced: Threshold;
  readonly complained: Threshold;
}

interface Threshold {
  readonly hold: number;
  readonly back: number;
}

/**
 * Large providers ask for complaints under 0.1 % and never 0.3 %; the others are where operators of large installations begin
 * to worry.
 */
export const defaultThresholds: WarmupThresholds = {
  deferred: { hold: 0.05, back: 0.2 },
  bounced: { hold: 0.03, back: 0.08 },
  complained: { hold: 0.001, back: 0.003 },
};

/** What became of the mail of one day. */
export interface WarmupDayCount {
  /** Answered by the site, whatever it answered. */
  readonly sent: number;
  readonly delivered: number;
  /** Put off because of us; not for greylisting, nor for what is about one address. */
  readonly deferred: number;
  readonly bounced: number;
  readonly complained: number;
}

export interface WarmupState {
  readonly label: string;
  readonly ramp: WarmupRamp;
  readonly thresholds: WarmupThresholds;
  /** `2026-11-23`, in UTC. */
  readonly startedOn: string;
  /** The day that step and quota were for. */
  readonly day: string;
  readonly step: number;
  readonly quota: number;
}

export type WarmupDecisionKind = 'started' | 'advanced' | 'held' | 'stepped-back' | 'finished' | 'paused' | 'resumed' | 'changed';

export interface WarmupStep {
  readonly kind: WarmupDecisionKind;
  readonly step: number;
  /** From now on; of a finished plan the one that it ended with. */
  readonly quota: number;
  /** For people. */
  readonly sentence: string;
}

/** Fewer say nothing about shares, unless they are most of a small quota. */
const MIN_SAMPLE = 20;
/** A day on which less was sent says nothing about more. */
const MIN_USED = 0.5;

/** Where the ramp goes after a day that is over. @param today `2026-11-24`, in UTC */
export function decideStep(state: WarmupState, count: WarmupDayCount, today: string): WarmupStep {
  const { ramp, step, quota } = state;
  const about = `${state.label}: day ${daysBetween(state.startedOn, today) + 1} of warm-up`;
  const whose = daysBetween(state.day, today) === 1 ? 'yesterday’s mail' : `the mail of ${state.day}`;
  const isTelling = count.sent >= MIN_SAMPLE || count.sent >= quota * MIN_USED;
  const trouble = isTelling ? worst(count, state.thresholds) : undefined;
  const planned = quotaOf(ramp, step + 1);
  if (trouble?.isBack) {
    const back = Math.max(1, step - 1);
    const less = quotaOf(ramp, back);
    const how = back === step ? `held at ${less}, the first step,` : `back to ${less}`;
    return {
      kind: 'stepped-back',
      step: back,
      quota: less,
      sentence: `${about}; ${how} since ${trouble.share} of ${whose} ${trouble.what}`,
    };
  }
  const held = (why: string): WarmupStep => ({
    kind: 'held',
    step,
    quota,
    sentence: `${about}${planned > quota ? `, ${planned} were planned for today` : ''}; held at ${quota} since ${why}`,
  });
  if (trouble) return held(`${trouble.share} of ${whose} ${trouble.what}`);
  if (count.sent < quota * MIN_USED) return held(`only ${count.sent} of ${quota} were sent ${whenOf(state.day, today)}`);
  if (step >= stepsOf(ramp))
    return {
      kind: 'finished',
      step,
      quota,
      sentence: `${about} and the end of it: ${quota} went well ${whenOf(state.day, today)}; no daily limit any more`,
    };
  return {
    kind: 'advanced',
    step: step + 1,
    quota: planned,
    sentence: `${about}, ${planned} today: ${quota} went well ${whenOf(state.day, today)}`,
  };
}

function worst({ sent, delivered, ...count }: WarmupDayCount, thresholds: WarmupThresholds) {
  const shares = [
    { what: 'was deferred', share: ratio(count.deferred, sent), ...thresholds.deferred },
    { what: 'bounced', share: ratio(count.bounced, sent), ...thresholds.bounced },
    { what: 'was complained about', share: ratio(count.complained, delivered), ...thresholds.complained },
  ].filter(({ share, hold }) => share >= hold);
  const found = shares.find(({ share, back }) => share >= back) ?? shares[0];
  return found && { what: found.what, share: percent(found.share), isBack: found.share >= found.back };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function percent(share: number): string {
  const value = share * 100;
  return `${value >= 10 ? Math.round(value) : Number(value.toFixed(value >= 1 ? 1 : 2))} %`;
}

function whenOf(day: string, today: string): string {
  return daysBetween(day, today) === 1 ? 'yesterday' : `on ${day}`;
}

/** @param from `2026-11-23` */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}
