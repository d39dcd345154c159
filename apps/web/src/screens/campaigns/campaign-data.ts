import { useQuery } from '@tanstack/react-query';
import { type Schemas, api, unwrap } from '../../api/client';
import { poll } from '../../api/polling';
import type { Tone } from '../../ui/text';

export type Campaign = Schemas['Campaign'];
export type Report = Schemas['CampaignReport'];
export type CampaignStatus = Campaign['status'];

export const campaignTone: Readonly<Record<CampaignStatus, Tone>> = {
  draft: 'plain',
  scheduled: 'waiting',
  preparing: 'busy',
  sending: 'busy',
  paused: 'waiting',
  sent: 'good',
  cancelled: 'plain',
  failed: 'bad',
};

const moving = new Set<CampaignStatus>(['preparing', 'sending', 'scheduled']);
export const isMoving = (status: CampaignStatus): boolean => moving.has(status);
export const isDraft = (status: CampaignStatus): boolean => status === 'draft' || status === 'failed';

const LIVE_MS = 1_500;
const QUIET_MS = 15_000;

export function useCampaigns() {
  return useQuery({
    queryKey: ['campaigns'],
    queryFn: () => unwrap(api.GET('/v1/campaigns', { params: { query: { limit: 100 } } })),
    refetchInterval: (query) => poll(query.state.data?.data.some(({ status }) => isMoving(status)) ? LIVE_MS : QUIET_MS)(query),
  });
}

export function useCampaign(id: string) {
  return useQuery({
    queryKey: ['campaign', id],
    queryFn: () => unwrap(api.GET('/v1/campaigns/{id}', { params: { path: { id } } })),
    refetchInterval: (query) => poll(query.state.data && isMoving(query.state.data.status) ? LIVE_MS : QUIET_MS)(query),
  });
}

/** Opens and clicks come long after the last mail has left, so reports never stand still. */
export function useReport(id: string, status: CampaignStatus | undefined) {
  return useQuery({
    queryKey: ['campaign', id, 'report'],
    queryFn: () => unwrap(api.GET('/v1/campaigns/{id}/report', { params: { path: { id } } })),
    enabled: status !== undefined && !isDraft(status),
    refetchInterval: (query) => poll(status && isMoving(status) ? LIVE_MS : 5_000)(query),
  });
}

/** Recipients with a final outcome. */
export const settledOf = (report: Report): number => report.recipients - report.queued;
