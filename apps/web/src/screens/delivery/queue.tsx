import { Alert, Group, SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { poll } from '../../api/polling';
import { useFormat } from '../../i18n/format';
import { useSession } from '../../shell/session';
import { Figure, Figures, Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { TextLink } from '../../ui/links';
import { Page } from '../../ui/page';
import { Empty, Loaded } from '../../ui/states';
import { Ltr, Moment, State, Written } from '../../ui/text';
import { QueueHands, type Scope } from './queue-hands';

type Lane = Schemas['Lane'];

/** Waiting mail by receiving site, why it waits, and what may be done about it. */
export function Queue() {
  const { t } = useTranslation();
  const format = useFormat();
  const { is_instance_admin: isAdmin } = useSession();
  const [scope, setScope] = useState<Scope>('workspace');
  const query = useQuery({
    queryKey: ['queue', scope],
    queryFn: () => unwrap(api.GET('/v1/queue', { params: { query: { scope } } })),
    refetchInterval: poll(3_000),
  });
  return (
    <Page
      title={t('nav.queue')}
      lead={t('queue.lead')}
      actions={
        <>
          {isAdmin && (
            <SegmentedControl
              aria-label={t('queue.scope')}
              value={scope}
              onChange={(value) => setScope(value === 'instance' ? 'instance' : 'workspace')}
              data={[
                { value: 'workspace', label: t('queue.workspace') },
                { value: 'instance', label: t('queue.instance') },
              ]}
            />
          )}
          <QueueHands scope={scope} selection={{ everything: true }} name={t('queue.everything')} />
        </>
      }
    >
      <Loaded query={query}>
        {({ data, waiting, orders }) => (
          <>
            <Figures>
              <Figure label={t('report.waiting')} value={format.number(waiting)} />
              <Figure label={t('queue.held')} value={format.number(sum(data, (lane) => lane.held))} help={t('queue.heldHelp')} />
              <Figure label={t('queue.inHand')} value={format.number(sum(data, (lane) => lane.in_hand))} />
              <Figure
                label={t('report.rate')}
                value={t('report.perSecond', {
                  n: format.number(
                    sum(data, (lane) => lane.accepted_per_second),
                    1,
                  ),
                })}
              />
            </Figures>
            <Orders orders={orders} />
            {data.length === 0 ? (
              <Empty icon="stack" title={t('queue.empty')}>
                {t('queue.emptyHelp')}
              </Empty>
            ) : (
              <LaneTable lanes={data} />
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

const sum = (lanes: readonly Lane[], pick: (lane: Lane) => number) => lanes.reduce((total, lane) => total + pick(lane), 0);

export function LaneState({ lane }: { readonly lane: Pick<Lane, 'suspended_until' | 'reason' | 'waiting' | 'held' | 'limit_per_second'> }) {
  const { t } = useTranslation();
  if (lane.suspended_until) return <State tone="bad">{t('report.stopped')}</State>;
  if (lane.held > 0) return <State tone="waiting">{t('queue.held')}</State>;
  if (lane.reason !== '' || lane.limit_per_second !== null) return <State tone="waiting">{t('report.slowed')}</State>;
  return lane.waiting > 0 ? <State tone="good">{t('report.flowing')}</State> : <State tone="plain">{t('report.idle')}</State>;
}

function LaneTable({ lanes }: { readonly lanes: readonly Lane[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="table-scroll">
      <Table verticalSpacing="xs" highlightOnHover miw={720}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('queue.site')}</Table.Th>
            <Table.Th>{t('report.waiting')}</Table.Th>
            <Table.Th>{t('report.rate')}</Table.Th>
            <Table.Th>{t('queue.oldest')}</Table.Th>
            <Table.Th w="40%">{t('report.state')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lanes.map((lane) => (
            <Table.Tr key={lane.id}>
              <Table.Td>
                <TextLink to="/queue/$lane" params={{ lane: lane.id }} fw={600}>
                  <Ltr>{lane.site}</Ltr>
                </TextLink>
                <Text size="xs" c="dimmed">
                  <Ltr>
                    {lane.provider} · {lane.source}
                  </Ltr>
                </Text>
              </Table.Td>
              <Table.Td className="numeric">{format.number(lane.waiting)}</Table.Td>
              <Table.Td className="numeric">{t('report.perSecond', { n: format.number(lane.accepted_per_second, 1) })}</Table.Td>
              <Table.Td>{lane.oldest ? <Moment at={lane.oldest} relative /> : '–'}</Table.Td>
              <Table.Td>
                <LaneState lane={lane} />
                {lane.reason !== '' && (
                  <Text size="sm" mt={2}>
                    <Written>{lane.reason}</Written> {lane.suspended_until && <Moment at={lane.suspended_until} relative />}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

export function Orders({ orders }: { readonly orders: readonly Schemas['QueueOrder'][] }) {
  const { t } = useTranslation();
  if (orders.length === 0) return null;
  return (
    <Section title={t('queue.orders')}>
      <Stack gap="xs">
        {orders.map((order) => (
          <Alert key={order.id} color="orange" py="xs" icon={<Icon name="pause" />}>
            <Group gap="xs">
              <Ltr code>{order.action}</Ltr>
              {(order.site ?? order.domain) && <Ltr>{order.site ?? order.domain}</Ltr>}
              <Written>{order.reason}</Written>
              <Text size="sm" c="dimmed">
                <Ltr>{order.ordered_by}</Ltr> · <Moment at={order.created_at} />
              </Text>
            </Group>
          </Alert>
        ))}
      </Stack>
    </Section>
  );
}
