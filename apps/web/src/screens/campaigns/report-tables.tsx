import { Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { poll } from '../../api/polling';
import { useFormat } from '../../i18n/format';
import { Bar, Section } from '../../ui/figures';
import { Ltr, Moment, State, Written } from '../../ui/text';
import type { Report } from './campaign-data';

type Lane = Schemas['Lane'];
interface ProviderRow {
  readonly name: string;
  readonly accepted: number;
  readonly waiting: number;
  readonly rate: number;
  readonly lanes: readonly Lane[];
}

/** How each mailbox provider takes the mail, how fast, and what the delivery says where it is slow. */
export function ProviderTable({ report, isLive }: { readonly report: Report; readonly isLive: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const queue = useQuery({
    queryKey: ['queue', 'workspace'],
    queryFn: () => unwrap(api.GET('/v1/queue', { params: { query: { scope: 'workspace' } } })),
    enabled: isLive,
    refetchInterval: poll(3_000),
  });
  const rows = rowsOf(report, isLive ? (queue.data?.data ?? []) : []);
  if (rows.length === 0) return null;
  return (
    <Section
      title={t('report.providers')}
      actions={
        isLive ? (
          <Text size="xs" c="dimmed">
            {t('report.allQueue')}
          </Text>
        ) : undefined
      }
    >
      <div className="table-scroll">
        <Table verticalSpacing="xs" miw={520}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('report.provider')}</Table.Th>
              <Table.Th>{t('report.accepted')}</Table.Th>
              <Table.Th w="25%" aria-label={t('report.accepted')} />
              {isLive && <Table.Th>{t('report.waiting')}</Table.Th>}
              {isLive && <Table.Th>{t('report.rate')}</Table.Th>}
              {isLive && <Table.Th>{t('report.state')}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.name}>
                <Table.Td>
                  <Ltr>{row.name}</Ltr>
                </Table.Td>
                <Table.Td className="numeric">{format.number(row.accepted)}</Table.Td>
                <Table.Td>
                  <Bar value={row.accepted} of={report.recipients} label={row.name} />
                </Table.Td>
                {isLive && <Table.Td className="numeric">{format.number(row.waiting)}</Table.Td>}
                {isLive && <Table.Td className="numeric">{t('report.perSecond', { n: format.number(row.rate, 1) })}</Table.Td>}
                {isLive && (
                  <Table.Td>
                    <LaneStates row={row} />
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Section>
  );
}

function LaneStates({ row }: { readonly row: ProviderRow }) {
  const { t } = useTranslation();
  const explained = row.lanes.filter(({ reason }) => reason !== '');
  if (explained.length === 0)
    return row.waiting > 0 ? <State tone="good">{t('report.flowing')}</State> : <State tone="plain">{t('report.idle')}</State>;
  return (
    <Stack gap={4}>
      {explained.slice(0, 3).map((lane) => (
        <div key={lane.id}>
          <State tone="waiting">{lane.suspended_until ? t('report.stopped') : t('report.slowed')}</State>
          <Text size="xs" mt={2}>
            <Written>{lane.reason}</Written> {lane.suspended_until && <Moment at={lane.suspended_until} relative />}
          </Text>
        </div>
      ))}
    </Stack>
  );
}

function rowsOf(report: Report, lanes: readonly Lane[]): ProviderRow[] {
  const names = new Set([...Object.keys(report.acceptedByProvider), ...lanes.map(({ provider }) => provider)]);
  return [...names]
    .map((name) => {
      const own = lanes.filter(({ provider }) => provider === name);
      return {
        name,
        accepted: report.acceptedByProvider[name] ?? 0,
        waiting: own.reduce((sum, lane) => sum + lane.waiting, 0),
        rate: own.reduce((sum, lane) => sum + lane.accepted_per_second, 0),
        lanes: own,
      };
    })
    .sort((a, b) => b.accepted + b.waiting - a.accepted - a.waiting);
}

const bounceClasses = [
  'invalid-recipient',
  'bad-domain',
  'inactive-mailbox',
  'mailbox-full',
  'spam-content',
  'spam-block',
  'policy',
  'authentication',
  'message-too-large',
  'relaying',
  'no-answer',
  'dns-failure',
  'protocol',
  'expired',
  'other',
] as const;

export function BounceTable({ report }: { readonly report: Report }) {
  const { t } = useTranslation();
  const format = useFormat();
  const counts = report.bounced.byClass as Readonly<Record<string, number | undefined>>;
  const rows = bounceClasses
    .map((name) => ({ name, count: counts[name] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  return (
    <Section title={t('report.bounceClasses')}>
      {rows.length === 0 ? (
        <Text c="dimmed">{t('report.noBounces')}</Text>
      ) : (
        <Table verticalSpacing="xs" maw={720}>
          <Table.Tbody>
            {rows.map(({ name, count }) => (
              <Table.Tr key={name}>
                <Table.Th fw={400}>{t(`report.class.${name}`)}</Table.Th>
                <Table.Td className="numeric" w={90}>
                  {format.number(count)}
                </Table.Td>
                <Table.Td w="35%">
                  <Bar value={count} of={report.bounced.total} color="red" label={t(`report.class.${name}`)} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}
