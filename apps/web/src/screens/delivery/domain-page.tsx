import { Alert, Button, Card, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { useAction } from '../../ui/actions';
import { Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { Page } from '../../ui/page';
import { ErrorPanel, Loading } from '../../ui/states';
import { CopyIcon, CopyValue, Ltr, State, type Tone } from '../../ui/text';
import { domainTone } from './domains';

const route = getRouteApi('/domains/$id');
type Domain = Schemas['Domain'];
type DnsRecord = Domain['records'][number];
const CHECK_EVERY_MS = 15_000;

/** What to publish in DNS, and whether it is there: looked up when asked, and now and then while something is missing. */
export function DomainPage() {
  const { id } = route.useParams();
  const client = useQueryClient();
  const path = { params: { path: { id } } };
  const query = useQuery({ queryKey: ['domain', id], queryFn: () => unwrap(api.GET('/v1/domains/{id}', path)) });
  const isOpen = query.data !== undefined && query.data.status !== 'verified';
  const check = useQuery({
    queryKey: ['domain', id, 'check'],
    queryFn: async () => {
      const checked = await unwrap(api.POST('/v1/domains/{id}/verify', path));
      if (checked.status === 'verified') void client.invalidateQueries({ queryKey: ['domains'] });
      client.setQueryData(['domain', id], (known: Domain | undefined) => known && { ...known, status: checked.status });
      return checked;
    },
    enabled: isOpen,
    refetchInterval: (state) => (state.state.data?.status === 'verified' ? false : CHECK_EVERY_MS),
    refetchOnWindowFocus: true,
  });
  if (query.data === undefined)
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  return <Known domain={check.data ?? query.data} check={check} />;
}

interface KnownProps {
  readonly domain: Domain;
  readonly check: { readonly isFetching: boolean; readonly error: unknown; readonly refetch: () => Promise<unknown> };
}

function Known({ domain, check }: KnownProps) {
  const { t } = useTranslation();
  const required = domain.records.filter((record) => record.required);
  const advised = domain.records.filter((record) => !record.required);
  return (
    <Page
      title={<Ltr>{domain.name}</Ltr>}
      name={domain.name}
      lead={<State tone={domainTone[domain.status]}>{t(`domains.status.${domain.status}`)}</State>}
      actions={
        <>
          <Group gap={4}>
            <CopyIcon value={zoneOf(domain.records)} label={t('domains.copyZone')} />
            <Text size="sm">{t('domains.copyZone')}</Text>
          </Group>
          <Button leftSection={<Icon name="refresh" size={16} />} loading={check.isFetching} onClick={() => void check.refetch()}>
            {t('domains.check')}
          </Button>
        </>
      }
    >
      {check.error !== null && <ErrorPanel error={check.error} />}
      {domain.status !== 'verified' && (
        <Alert color="blue" icon={<Icon name="world" />}>
          {t('domains.how')}
        </Alert>
      )}
      {required.length > 0 && (
        <Section title={t('domains.required')}>
          <Records records={required} />
        </Section>
      )}
      {advised.length > 0 && (
        <Section title={t('domains.advised')}>
          <Records records={advised} />
        </Section>
      )}
      <Dkim name={domain.name} />
    </Page>
  );
}

const recordTone: Readonly<Record<DnsRecord['status'], Tone>> = { verified: 'good', pending: 'waiting', not_started: 'plain' };
const meanings = ['SPF', 'DKIM', 'DMARC'] as const;

function Records({ records }: { readonly records: readonly DnsRecord[] }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" aria-live="polite">
      {records.map((record) => {
        const meaning = meanings.find((one) => one === record.record);
        return (
          <Card withBorder padding="sm" key={`${record.type} ${record.name} ${record.value}`}>
            <Group justify="space-between" gap="xs" mb={6}>
              <Text fw={600}>
                <Ltr>
                  {record.record} · {record.type}
                </Ltr>
              </Text>
              <State tone={recordTone[record.status]}>{t(`domains.record.${record.status}`)}</State>
            </Group>
            {meaning && (
              <Text size="sm" c="dimmed" mb={6}>
                {t(`domains.meaning.${meaning}`)}
              </Text>
            )}
            <Stack gap={6}>
              <Field label={t('domains.host')} value={record.name} />
              {record.priority !== undefined && <Field label={t('domains.priority')} value={String(record.priority)} />}
              <Field label={t('domains.value')} value={record.value} />
              {record.status === 'pending' && (
                <Text size="sm" c="dimmed">
                  {t('domains.found')}{' '}
                  {record.found && record.found.length > 0 ? <Ltr code>{record.found.join(' | ')}</Ltr> : t('domains.nothingFound')}
                </Text>
              )}
            </Stack>
          </Card>
        );
      })}
    </Stack>
  );
}

function Field({ label, value }: { readonly label: string; readonly value: string }) {
  const { t } = useTranslation();
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <CopyValue value={value} label={`${t('common.copy')}: ${label}`} />
    </div>
  );
}

function Dkim({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  const path = { params: { path: { name } } };
  const query = useQuery({ queryKey: ['dkim', name], queryFn: () => unwrap(api.GET('/v1/domains/{name}/dkim', path)) });
  const rotate = useAction(() => unwrap(api.POST('/v1/domains/{name}/dkim/rotate', path)), {
    refresh: [['dkim', name], ['domain']],
    done: t('domains.rotated'),
  });
  const changes = (query.data?.data ?? []).filter(({ action }) => action !== 'keep');
  return (
    <Section
      title={t('domains.keys')}
      actions={
        <Button size="xs" variant="default" loading={rotate.isPending} onClick={() => rotate.mutate(undefined)}>
          {t('domains.rotate')}
        </Button>
      }
    >
      <Text size="sm" c="dimmed">
        {t('domains.keysHelp')}
      </Text>
      {query.isError && <ErrorPanel error={query.error} />}
      {changes.map((record) => (
        <Group key={`${record.name} ${record.value}`} gap="xs" wrap="nowrap" align="flex-start">
          <State tone={record.action === 'add' ? 'waiting' : 'plain'}>
            {record.action === 'add' ? t('domains.toAdd') : t('domains.toRemove')}
          </State>
          <Text size="sm">
            <Ltr code>{record.name}</Ltr>
          </Text>
        </Group>
      ))}
    </Section>
  );
}

/** As lines of a zone file, for whoever keeps one. */
function zoneOf(records: readonly DnsRecord[]): string {
  return records
    .map(({ name, type, value, priority }) =>
      type === 'MX'
        ? `${name}. IN MX ${priority ?? 10} ${value}`
        : `${name}. IN TXT ${(value.match(/.{1,255}/g) ?? []).map((part) => JSON.stringify(part)).join(' ')}`,
    )
    .join('\n');
}
