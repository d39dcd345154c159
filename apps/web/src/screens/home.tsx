import { Alert, Button, Card, Group, SimpleGrid, Stack, Text, ThemeIcon } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../api/client';
import { poll } from '../api/polling';
import { useFormat } from '../i18n/format';
import { useAction } from '../ui/actions';
import { Figure, Figures, Section } from '../ui/figures';
import { Icon, type IconName } from '../ui/icons';
import { TextLink } from '../ui/links';
import { Page } from '../ui/page';
import { Loaded } from '../ui/states';
import { Ltr, Moment, State, Written } from '../ui/text';
import { type Report, useCampaigns } from './campaigns/campaign-data';
import { CampaignTable } from './campaigns/campaign-list';
import { sendSampleCampaign } from './sample-campaign';

const running = new Set(['preparing', 'sending', 'paused']);

/** What is being sent, what is in the way, and what to do next. */
export function Home() {
  const { t } = useTranslation();
  const campaigns = useCampaigns();
  const status = useQuery({ queryKey: ['status'], queryFn: () => unwrap(api.GET('/v1/status')), refetchInterval: poll(10_000) });
  return (
    <Page title={t('home.title')}>
      <Loaded query={status} rows={1}>
        {(data) => <Health status={data} />}
      </Loaded>
      <Loaded query={campaigns}>
        {({ data }) => {
          const active = data.filter((one) => running.has(one.status));
          const reports = data.flatMap(({ report }) => (report && report.recipients > 0 ? [report] : []));
          return (
            <>
              {active.length > 0 && (
                <Section title={t('home.running')}>
                  <CampaignTable campaigns={active} />
                </Section>
              )}
              {reports.length > 0 && <Totals reports={reports.slice(0, 10)} />}
              {data.length > 0 && (
                <Section title={t('home.recent')} actions={<TextLink to="/campaigns">{t('common.all')}</TextLink>}>
                  <CampaignTable campaigns={data.filter((one) => !running.has(one.status)).slice(0, 5)} />
                </Section>
              )}
              <Start campaigns={data.length} sent={reports.length} isSandbox={status.data?.delivery === 'sandbox'} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Health({ status }: { readonly status: Schemas['Status'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const blocked = status.lanes.filter(({ waiting, reason }) => waiting > 0 && reason !== '');
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <State tone={status.mta_workers > 0 ? 'good' : 'bad'}>{status.mta_workers > 0 ? t('home.working') : t('home.notWorking')}</State>
        <TextLink to="/queue" size="sm">
          {t('home.waiting', { count: status.waiting, n: format.number(status.waiting) })}
        </TextLink>
      </Group>
      {status.mta_workers === 0 && (
        <Alert color="red" icon={<Icon name="alert" />} title={t('home.notWorking')}>
          {t('home.notWorkingHelp')}
        </Alert>
      )}
      {blocked.length > 0 && (
        <Alert color="orange" icon={<Icon name="alert" />} title={t('home.attention')}>
          <Stack gap={6}>
            {blocked.slice(0, 4).map((lane) => (
              <Text size="sm" key={`${lane.site} ${lane.reason}`}>
                <Ltr>{lane.site}</Ltr>: <Written>{lane.reason}</Written>{' '}
                {lane.suspended_until && <Moment at={lane.suspended_until} relative />}
              </Text>
            ))}
          </Stack>
        </Alert>
      )}
    </Stack>
  );
}

function Totals({ reports }: { readonly reports: readonly Report[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sum = (pick: (report: Report) => number) => reports.reduce((total, report) => total + pick(report), 0);
  const recipients = sum((report) => report.recipients);
  const delivered = sum((report) => report.delivered);
  const bounced = sum((report) => report.bounced.total);
  const complained = sum((report) => report.complained);
  const opened = sum((report) => report.opens.human.unique);
  return (
    <Stack gap={6}>
      <Figures>
        <Figure label={t('home.sumDelivered')} value={format.number(delivered)} note={format.percent(delivered, recipients)} />
        <Figure
          label={t('home.sumBounced')}
          value={format.number(bounced)}
          note={format.percent(bounced, recipients)}
          tone={bounced > recipients * 0.05 ? 'bad' : undefined}
        />
        <Figure label={t('home.sumOpened')} value={format.number(opened)} note={format.percent(opened, delivered)} />
        <Figure
          label={t('home.sumComplained')}
          value={format.number(complained)}
          note={format.percent(complained, delivered)}
          tone={complained > delivered * 0.003 ? 'bad' : undefined}
        />
      </Figures>
      <Text size="xs" c="dimmed">
        {t('home.ofLatest', { count: reports.length })}
      </Text>
    </Stack>
  );
}

interface Step {
  readonly name: 'domain' | 'contacts' | 'template' | 'campaign' | 'key';
  readonly icon: IconName;
  readonly to: '/domains' | '/imports/new' | '/templates' | '/campaigns' | '/keys';
  readonly isDone: boolean;
}

function Start({ campaigns, sent, isSandbox }: { readonly campaigns: number; readonly sent: number; readonly isSandbox: boolean }) {
  const { t } = useTranslation();
  const domains = useQuery({ queryKey: ['domains'], queryFn: () => unwrap(api.GET('/v1/domains')) });
  const contacts = useQuery({
    queryKey: ['contacts', 'any'],
    queryFn: () => unwrap(api.GET('/v1/contacts', { params: { query: { limit: 1 } } })),
  });
  const templates = useQuery({ queryKey: ['templates'], queryFn: () => unwrap(api.GET('/v1/templates')) });
  const keys = useQuery({ queryKey: ['keys'], queryFn: () => unwrap(api.GET('/v1/api-keys')) });
  const steps: readonly Step[] = [
    {
      name: 'domain',
      icon: 'world',
      to: '/domains',
      isDone: domains.data?.data.some(({ status, name }) => status === 'verified' && !name.endsWith('.chapar.test')) ?? false,
    },
    { name: 'contacts', icon: 'users', to: '/imports/new', isDone: (contacts.data?.data.length ?? 0) > 0 },
    { name: 'template', icon: 'template', to: '/templates', isDone: (templates.data?.data.length ?? 0) > 0 },
    { name: 'campaign', icon: 'send', to: '/campaigns', isDone: sent > 0 },
    { name: 'key', icon: 'key', to: '/keys', isDone: (keys.data?.data.length ?? 0) > 0 },
  ];
  if (steps.every(({ isDone }) => isDone)) return null;
  return (
    <Section title={t('home.start')}>
      {isSandbox && campaigns === 0 && <Sample />}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        {steps.map((step) => (
          <Card key={step.name} withBorder padding="sm">
            <Group wrap="nowrap" align="flex-start" gap="sm">
              <ThemeIcon variant="light" color={step.isDone ? 'teal' : 'gray'} size="lg">
                <Icon name={step.isDone ? 'check' : step.icon} />
              </ThemeIcon>
              <div>
                <TextLink to={step.to} fw={600} {...(step.name === 'campaign' && { search: { create: true as const } })}>
                  {t(`home.steps.${step.name}`)}
                </TextLink>
                <Text size="sm" c="dimmed">
                  {step.isDone ? t('home.done') : t(`home.steps.${step.name}Help`)}
                </Text>
              </div>
            </Group>
          </Card>
        ))}
      </SimpleGrid>
    </Section>
  );
}

function Sample() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [step, setStep] = useState<'importing' | 'creating'>();
  const send = useAction(() => sendSampleCampaign(setStep), {
    onDone: (id) => {
      void client.invalidateQueries();
      void navigate({ to: '/campaigns/$id', params: { id } });
    },
  });
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" gap="sm">
        <Text maw={560}>{t('home.sampleHelp')}</Text>
        <Button
          data-testid="sample"
          leftSection={<Icon name="send" size={16} />}
          loading={send.isPending}
          loaderProps={{ type: 'dots' }}
          onClick={() => send.mutate(undefined)}
        >
          {t('home.sample')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" aria-live="polite">
        {send.isPending && step && t(`home.${step}`)}
      </Text>
    </Card>
  );
}
