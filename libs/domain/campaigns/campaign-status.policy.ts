import { campaignError } from './campaigns.errors.js';

export type CampaignStatus = 'draft' | 'scheduled' | 'preparing' | 'sending' | 'paused' | 'sent' | 'cancelled' | 'failed';

export type CampaignAction =
  'edit' | 'delete' | 'schedule' | 'send' | 'unschedule' | 'start' | 'pause' | 'resume' | 'cancel' | 'finish' | 'fail';

/** Which action leads where; what is not listed is refused. */
const transitions: Readonly<Record<CampaignStatus, Partial<Record<CampaignAction, CampaignStatus>>>> = {
  draft: { edit: 'draft', delete: 'draft', schedule: 'scheduled', send: 'preparing', cancel: 'cancelled' },
  scheduled: { schedule: 'scheduled', unschedule: 'draft', send: 'preparing', cancel: 'cancelled', fail: 'failed' },
  preparing: { start: 'sending', cancel: 'cancelled', fail: 'failed' },
  sending: { pause: 'paused', cancel: 'cancelled', finish: 'sent' },
  paused: { resume: 'sending', cancel: 'cancelled' },
  sent: {},
  cancelled: { delete: 'cancelled' },
  failed: { edit: 'draft', delete: 'failed', send: 'preparing', schedule: 'scheduled' },
};

/** @throws ChaparError `campaign_status_conflict` naming what can be done instead */
export function nextStatus(current: CampaignStatus, action: CampaignAction): CampaignStatus {
  const next = transitions[current][action];
  if (next === undefined) {
    const possible = Object.keys(transitions[current]).filter((name) => !internalActions.has(name as CampaignAction));
    const instead = possible.length > 0 ? `It can: ${possible.join(', ')}.` : 'Nothing changes it any more; duplicate it to send again.';
    throw campaignError('campaign_status_conflict', `A campaign that is ${current} cannot ${action}. ${instead}`);
  }
  return next;
}

/** The statuses from which an action is possible: the `WHERE` of a guarded update. */
export function statusesThatCan(action: CampaignAction): CampaignStatus[] {
  return (Object.keys(transitions) as CampaignStatus[]).filter((status) => transitions[status][action] !== undefined);
}

const internalActions = new Set<CampaignAction>(['start', 'finish', 'fail']);
