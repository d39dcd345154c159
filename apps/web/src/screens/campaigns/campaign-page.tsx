import { Alert, Button, Card, Group, List, Progress, Stack, Table, Text, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { Figure, Figures, Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { ButtonLink, TextLink } from '../../ui/links';
import { MailFrame } from '../../ui/mail-frame';
import { Page } from '../../ui/page';
import { ErrorPanel, Loaded, Loading } from '../../ui/states';
import { Ltr, Moment, State, Written } from '../../ui/text';
import { CampaignActions } from './campaign-actions';
import { type Campaign, type Report, campaignTone, isDraft, isMoving, settledOf, useCampaign, useReport } from './campaign-data';
import { BounceTable, ProviderTable } from './report-tables';

const route = getRouteApi('/campaigns/$id');

/** What a campaign is, how far it is, and what came of it. */
export function CampaignPage() {
  const { id } = route.useParams();
  const query = useCampaign(id);
  if (query.data === undefined)
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  return <Known campaign={query.data} />;
}

function Known({ campaign }: { readonly campaign: Campaign }) {
  const { t } = useTranslation();
  const report = useReport(campaign.id, campaign.status);
  return (
    <Page
      title={<Written>{campaign.name}</Written>}
      name={campaign.name}
      lead={
        <Group gap="xs" component="span">
          <State tone={campaignTone[campaign.status]}>{t(`campaigns.status.${campaign.status}`)}</State>
          {campaign.status === 'scheduled' && (
            <Text size="sm" span>
              {t('campaigns.scheduledFor')} <Moment at={campaign.scheduled_at} />
            </Text>
          )}
        </Group>
      }
      actions={<CampaignActions campaign={campaign} />}
    >
      {campaign.status_reason && (
        <Alert color={campaign.status === 'failed' ? 'red' : 'orange'} icon={<Icon name="alert" />}>
          <Written>{campaign.status_reason}</Written>
        </Alert>
      )}
      {isDraft(campaign.status) ? (
        <DraftHint id={campaign.id} />
      ) : (
        <Loaded query={report}>{(data) => <ReportView campaign={campaign} report={data} />}</Loaded>
      )}
      <Content campaign={campaign} />
    </Page>
  );
}

function DraftHint({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  return (
    <Card withBorder>
      <Group justify="space-between">
        <Text>{t('builder.lead')}</Text>
        <ButtonLink to="/campaigns/$id/edit" params={{ id }} variant="light">
          {t('campaigns.edit')}
        </ButtonLink>
      </Group>
    </Card>
  );
}

function ReportView({ campaign, report }: { readonly campaign: Campaign; readonly report: Report }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isLive = isMoving(campaign.status);
  const settled = settledOf(report);
  const share = (count: number) => format.percent(count, report.delivered);
  const ofAll = (count: number) => format.percent(count, report.recipients);
  return (
    <>
      <Section
        title={t('campaigns.progress')}
        actions={
          isLive && report.throughputPerSecond > 0 ? (
            <Text size="sm" c="dimmed" className="numeric">
              {t('report.perSecond', { n: format.number(report.throughputPerSecond) })}
            </Text>
          ) : undefined
        }
      >
        <Progress.Root size="lg" radius="xl" aria-label={t('campaigns.progress')}>
          <Progress.Section
            value={(100 * report.delivered) / Math.max(report.recipients, 1)}
            color="teal"
            aria-label={t('report.delivered')}
          />
          <Progress.Section
            value={(100 * report.bounced.total) / Math.max(report.recipients, 1)}
            color="red"
            aria-label={t('report.bounced')}
          />
          <Progress.Section
            value={(100 * (settled - report.accepted - (report.bounced.total - report.bounced.late))) / Math.max(report.recipients, 1)}
            color="gray"
            aria-label={t('report.failed')}
          />
        </Progress.Root>
        <Text size="sm" className="numeric" data-testid="progress" data-settled={settled} data-recipients={report.recipients}>
          {t('report.progress', { done: format.number(settled), all: format.number(report.recipients) })}
        </Text>
        <Figures>
          <Figure
            label={t('report.delivered')}
            value={format.number(report.delivered)}
            note={ofAll(report.delivered)}
            help={t('report.deliveredHelp')}
          />
          <Figure label={t('report.waiting')} value={format.number(report.queued)} />
          <Figure
            label={t('report.bounced')}
            value={format.number(report.bounced.total)}
            note={ofAll(report.bounced.total)}
            help={t('report.bouncedHelp')}
            tone={report.bounced.total > report.recipients * 0.05 ? 'bad' : undefined}
          />
          <Figure label={t('report.deferred')} value={format.number(report.deferred)} help={t('report.deferredHelp')} />
          {report.suppressed > 0 && (
            <Figure label={t('report.suppressed')} value={format.number(report.suppressed)} help={t('report.suppressedHelp')} />
          )}
          {report.failed > 0 && <Figure label={t('report.failed')} value={format.number(report.failed)} />}
          {report.cancelled > 0 && <Figure label={t('report.cancelled')} value={format.number(report.cancelled)} />}
          {report.unknown > 0 && (
            <Figure label={t('report.unknown')} value={format.number(report.unknown)} help={t('report.unknownHelp')} />
          )}
        </Figures>
      </Section>
      <Section
        title={t('report.people')}
        actions={
          <Text size="sm" c="dimmed">
            {isLive ? t('report.ofSoFar') : t('report.ofDelivered')}
          </Text>
        }
      >
        <Figures>
          <Figure label={t('report.opens')} value={format.number(report.opens.human.unique)} note={share(report.opens.human.unique)} />
          <Figure label={t('report.clicks')} value={format.number(report.clicks.human.unique)} note={share(report.clicks.human.unique)} />
          <Figure label={t('report.replied')} value={format.number(report.replied)} note={share(report.replied)} />
          <Figure label={t('report.unsubscribed')} value={format.number(report.unsubscribed)} note={share(report.unsubscribed)} />
          <Figure
            label={t('report.complained')}
            value={format.number(report.complained)}
            note={share(report.complained)}
            tone={report.complained > report.delivered * 0.003 ? 'bad' : undefined}
          />
          <Figure
            label={t('report.opensByMachines')}
            value={format.number(report.opens.machine.unique)}
            help={t('report.byMachinesHelp')}
          />
          <Figure
            label={t('report.clicksByMachines')}
            value={format.number(report.clicks.machine.unique)}
            help={t('report.byMachinesHelp')}
          />
          <Figure label={t('report.autoReplied')} value={format.number(report.autoReplied)} />
        </Figures>
      </Section>
      <ProviderTable report={report} isLive={isLive || campaign.status === 'paused'} />
      <BounceTable report={report} />
      <Ledger id={campaign.id} />
    </>
  );
}

function Ledger({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const audit = useQuery({
    queryKey: ['campaign', id, 'ledger'],
    queryFn: () => unwrap(api.GET('/v1/campaigns/{id}/audit', { params: { path: { id } } })),
    enabled: false,
    staleTime: 0,
  });
  return (
    <Group gap="sm" className="no-print">
      <Tooltip label={t('report.ledgerHelp')}>
        <Button size="xs" variant="default" loading={audit.isFetching} onClick={() => void audit.refetch()}>
          {t('report.ledger')}
        </Button>
      </Tooltip>
      <div aria-live="polite">
        {audit.isError && <ErrorPanel error={audit.error} />}
        {audit.data?.isComplete && <State tone="good">{t('report.ledgerGood', { n: format.number(audit.data.recipients) })}</State>}
        {audit.data && !audit.data.isComplete && (
          <Alert color="red">
            {t('report.ledgerBad')}
            <List size="sm">
              {audit.data.differences.map((one) => (
                <List.Item key={one}>
                  <Ltr>{one}</Ltr>
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
      </div>
    </Group>
  );
}

function Content({ campaign }: { readonly campaign: Campaign }) {
  const { t } = useTranslation();
  const lists = useQuery({ queryKey: ['lists'], queryFn: () => unwrap(api.GET('/v1/lists')) });
  const preview = useQuery({
    queryKey: ['campaign', campaign.id, 'preview', campaign.template_id],
    queryFn: () => unwrap(api.GET('/v1/campaigns/{id}/preview', { params: { path: { id: campaign.id } } })),
    enabled: campaign.template_id !== null,
  });
  const nameOf = (id: string) => lists.data?.data.find((list) => list.id === id)?.name ?? id;
  const rows: [string, React.ReactNode][] = [
    [
      t('report.from'),
      <>
        <Written>{campaign.from_name}</Written> <Ltr>{campaign.from_email}</Ltr>
      </>,
    ],
    ...(campaign.reply_to ? ([[t('report.replyTo'), <Ltr>{campaign.reply_to}</Ltr>]] as [string, React.ReactNode][]) : []),
    [t('report.lists'), campaign.audience.include.lists.map(nameOf).join('، ').replaceAll('، ', ', ') || '–'],
    ...(campaign.started_at ? ([[t('report.started'), <Moment at={campaign.started_at} />]] as [string, React.ReactNode][]) : []),
    ...(campaign.finished_at ? ([[t('report.finished'), <Moment at={campaign.finished_at} />]] as [string, React.ReactNode][]) : []),
  ];
  return (
    <Section title={t('report.content')}>
      <Table withRowBorders={false} verticalSpacing={4} maw={640}>
        <Table.Tbody>
          {rows.map(([label, value]) => (
            <Table.Tr key={label}>
              <Table.Th fw={400} c="dimmed" w={150}>
                {label}
              </Table.Th>
              <Table.Td>{value}</Table.Td>
            </Table.Tr>
          ))}
          {campaign.template_id && (
            <Table.Tr>
              <Table.Th fw={400} c="dimmed">
                {t('report.template')}
              </Table.Th>
              <Table.Td>
                <TextLink to="/templates/$id" params={{ id: campaign.template_id }}>
                  {preview.data ? <Written>{preview.data.subject}</Written> : t('common.details')}
                </TextLink>
              </Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
      {preview.data && <MailFrame html={preview.data.html} height={460} />}
      {preview.isError && <ErrorPanel error={preview.error} />}
    </Section>
  );
}
