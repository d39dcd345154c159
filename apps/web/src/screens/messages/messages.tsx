import { Code, Group, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { Section } from '../../ui/figures';
import { ButtonLink, TextLink } from '../../ui/links';
import { Paged } from '../../ui/more';
import { Page } from '../../ui/page';
import { SearchField } from '../../ui/search-field';
import { Empty, Loaded } from '../../ui/states';
import { CopyIcon, Ltr, Moment, State, type Tone, Written } from '../../ui/text';
import { TraceCard } from './trace-card';

const route = getRouteApi('/messages');
type Listed = Schemas['Emails']['data'][number];

export const eventTones: Readonly<Record<string, Tone>> = {
  scheduled: 'waiting',
  queued: 'waiting',
  sent: 'busy',
  delivered: 'good',
  delivery_delayed: 'waiting',
  bounced: 'bad',
  failed: 'bad',
  canceled: 'plain',
  suppressed: 'plain',
  opened: 'good',
  clicked: 'good',
  complained: 'bad',
};
const lastEvents = [
  'scheduled',
  'queued',
  'sent',
  'delivered',
  'delivery_delayed',
  'bounced',
  'failed',
  'canceled',
  'suppressed',
  'opened',
  'clicked',
  'complained',
] as const;

export function useLastEventText(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => {
    const known = lastEvents.find((one) => one === name);
    return known ? t(`messages.last.${known}`) : name;
  };
}

/** Single messages, and the search for any mail by address or Message-ID. */
export function Messages() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { find } = route.useSearch();
  return (
    <Page title={t('nav.messages')} lead={t('messages.lead')}>
      <Group>
        <SearchField
          value={find ?? ''}
          label={t('messages.find')}
          onSearch={(text) => void navigate({ to: '/messages', search: text === '' ? {} : { find: text }, replace: true })}
        />
      </Group>
      {find ? <Found what={find} /> : <Latest />}
    </Page>
  );
}

function Found({ what }: { readonly what: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['traces', what],
    queryFn: () => unwrap(api.GET('/v1/messages/{id}/trace', { params: { path: { id: what }, query: { scope: 'workspace' } } })),
    retry: false,
  });
  if (query.isError && 'status' in query.error && query.error.status === 404) return <Text c="dimmed">{t('messages.noneFound')}</Text>;
  return (
    <Loaded query={query}>
      {({ data }) =>
        data.length === 0 ? (
          <Text c="dimmed">{t('messages.noneFound')}</Text>
        ) : (
          <Stack gap="sm">
            {data.map((trace) => (
              <TraceCard key={trace.id} trace={trace} isOpen={data.length === 1} />
            ))}
          </Stack>
        )
      }
    </Loaded>
  );
}

function Latest() {
  const { t } = useTranslation();
  const query = useInfiniteQuery({
    queryKey: ['emails'],
    queryFn: ({ pageParam }) => unwrap(api.GET('/v1/emails', { params: { query: { limit: 50, ...(pageParam && { after: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => (page.has_more ? page.data.at(-1)?.id : undefined),
  });
  return (
    <Section title={t('messages.latest')}>
      <Paged query={query} empty={<Nothing />}>
        {(rows) => <EmailTable rows={rows} />}
      </Paged>
    </Section>
  );
}

function EmailTable({ rows }: { readonly rows: readonly Listed[] }) {
  const { t } = useTranslation();
  const textOf = useLastEventText();
  return (
    <div className="table-scroll">
      <Table verticalSpacing="xs" highlightOnHover miw={620}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('messages.to')}</Table.Th>
            <Table.Th>{t('messages.subject')}</Table.Th>
            <Table.Th>{t('common.status')}</Table.Th>
            <Table.Th>{t('common.created')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>
                <Ltr>{one.to.join(', ')}</Ltr>
              </Table.Td>
              <Table.Td>
                <TextLink to="/messages/$id" params={{ id: one.id }}>
                  <Written>{one.subject || t('messages.noSubject')}</Written>
                </TextLink>
              </Table.Td>
              <Table.Td>
                <State tone={eventTones[one.last_event] ?? 'plain'}>{textOf(one.last_event)}</State>
              </Table.Td>
              <Table.Td>
                <Moment at={one.created_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Nothing() {
  const { t } = useTranslation();
  const curl = `curl ${location.origin}/v1/emails \\
  -H "Authorization: Bearer $CHAPAR_KEY" -H "Content-Type: application/json" \\
  -d '{"from":"hello@sandbox.chapar.test","to":"delivered@simulator.chapar.test","subject":"Hello","text":"It works."}'`;
  return (
    <Empty icon="mail" title={t('messages.empty')} action={<ButtonLink to="/keys">{t('messages.makeKey')}</ButtonLink>}>
      {t('messages.emptyHelp')}
      <Code block dir="ltr" mt="md" ta="start" tabIndex={0}>
        {curl}
      </Code>
      <CopyIcon value={curl} label={t('common.copy')} />
    </Empty>
  );
}
