import { Group, Stack, Table, Text, Timeline } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { poll } from '../../api/polling';
import { useFormat } from '../../i18n/format';
import { Figure, Figures, Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { TextLink } from '../../ui/links';
import { Page } from '../../ui/page';
import { ErrorPanel, Loading } from '../../ui/states';
import { Ltr, Moment, Written } from '../../ui/text';
import { outcomes, useOutcomeText } from '../messages/trace-card';
import { LaneState, Orders } from './queue';
import { QueueHands } from './queue-hands';

const route = getRouteApi('/queue/$lane');

/** One receiving site from one source: how fast, what it says, and what was concluded from it. */
export function LanePage() {
  const { lane } = route.useParams();
  const query = useQuery({
    queryKey: ['queue', 'lane', lane],
    queryFn: () => unwrap(api.GET('/v1/queue/{lane}', { params: { path: { lane }, query: { scope: 'workspace' } } })),
    refetchInterval: poll(3_000),
  });
  if (query.data === undefined)
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  return <Known lane={query.data} />;
}

// `deliveries.outcome` counts from 1 in the order of the words, of which the first is that there is none yet.
const wordsByNumber = [
  'queued',
  'delivered',
  'deferred',
  'bounced',
  'failed',
  'cancelled',
  'unknown',
  'suppressed',
] as const satisfies readonly (typeof outcomes)[number][];

function Known({ lane }: { readonly lane: Schemas['LaneDetail'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const outcomeText = useOutcomeText();
  return (
    <Page
      title={<Ltr>{lane.site}</Ltr>}
      name={lane.site}
      lead={
        <Group gap="xs" component="span">
          <LaneState lane={lane} />
          <Ltr>
            {lane.provider} · {lane.source}
          </Ltr>
        </Group>
      }
      actions={<QueueHands scope="workspace" selection={{ site: lane.site }} name={lane.site} />}
    >
      {lane.reason !== '' && (
        <Text>
          <Written>{lane.reason}</Written> {lane.suspended_until && <Moment at={lane.suspended_until} relative />}
        </Text>
      )}
      <Figures>
        <Figure label={t('report.waiting')} value={format.number(lane.waiting)} />
        <Figure label={t('queue.held')} value={format.number(lane.held)} help={t('queue.heldHelp')} />
        <Figure label={t('report.rate')} value={t('report.perSecond', { n: format.number(lane.accepted_per_second, 1) })} />
        <Figure
          label={t('queue.limit')}
          value={
            lane.limit_per_second === null ? t('queue.noLimit') : t('report.perSecond', { n: format.number(lane.limit_per_second, 1) })
          }
        />
      </Figures>
      <Orders orders={lane.orders} />
      <Section title={t('queue.campaigns')}>
        {lane.campaigns.length === 0 && <Text c="dimmed">{t('queue.empty')}</Text>}
        <Stack gap={4}>
          {lane.campaigns.map((one) => (
            <Group key={one.id ?? 'none'} gap="sm">
              {one.id ? (
                <TextLink to="/campaigns/$id" params={{ id: one.id }}>
                  <Written>{one.name}</Written>
                </TextLink>
              ) : (
                <Text span>{t('messages.single')}</Text>
              )}
              <Text size="sm" c="dimmed" className="numeric">
                {format.number(one.waiting)}
              </Text>
            </Group>
          ))}
        </Stack>
      </Section>
      <Section title={t('queue.replies')}>
        {lane.replies.length === 0 ? (
          <Text c="dimmed">{t('queue.noReplies')}</Text>
        ) : (
          <div className="table-scroll">
            <Table verticalSpacing="xs" miw={480}>
              <Table.Tbody>
                {lane.replies.map((one) => (
                  <Table.Tr key={`${one.outcome} ${one.reply}`}>
                    <Table.Td className="numeric" w={70}>
                      {format.number(one.times)}
                    </Table.Td>
                    <Table.Td w={140}>{outcomeText(wordsByNumber[one.outcome] ?? '')}</Table.Td>
                    <Table.Td>
                      <Ltr code>{one.reply}</Ltr>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Section>
      <Section title={t('queue.decisions')}>
        {lane.decisions.length === 0 ? (
          <Text c="dimmed">{t('queue.noDecisions')}</Text>
        ) : (
          <Timeline bulletSize={22} lineWidth={2}>
            {lane.decisions.slice(0, 30).map((one) => (
              <Timeline.Item key={one.id} bullet={<Icon name="activity" size={13} />}>
                <Text size="sm">
                  <Written>{one.sentence}</Written>
                </Text>
                {one.reply && (
                  <Text size="xs">
                    <Ltr code>{one.reply}</Ltr>
                  </Text>
                )}
                <Text size="xs" c="dimmed">
                  <Moment at={one.at} />
                </Text>
              </Timeline.Item>
            ))}
          </Timeline>
        )}
      </Section>
    </Page>
  );
}
