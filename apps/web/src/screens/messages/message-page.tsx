import { Code, Stack, Table, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { MailFrame } from '../../ui/mail-frame';
import { Page } from '../../ui/page';
import { ErrorPanel, Loaded, Loading } from '../../ui/states';
import { Ltr, Moment, State, Written } from '../../ui/text';
import { eventTones, useLastEventText } from './messages';
import { TraceCard } from './trace-card';

const route = getRouteApi('/messages/$id');

/** An accepted message by its id, or one delivery by its number: what it was, and its life. */
export function MessagePage() {
  const { id } = route.useParams();
  return /^\d+$/.test(id) ? <Delivery id={id} /> : <Accepted id={id} />;
}

function Delivery({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  return (
    <Page title={t('messages.one')} lead={<Ltr code>{id}</Ltr>} name={t('messages.one')}>
      <Life id={id} />
    </Page>
  );
}

function Accepted({ id }: { readonly id: string }) {
  const query = useQuery({
    queryKey: ['email', id],
    queryFn: () => unwrap(api.GET('/v1/emails/{id}', { params: { path: { id } } })),
    refetchInterval: 10_000,
  });
  if (query.data === undefined)
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  return <Known email={query.data} />;
}

function Known({ email }: { readonly email: Schemas['Email'] }) {
  const { t } = useTranslation();
  const textOf = useLastEventText();
  const rows: [string, React.ReactNode][] = [
    [t('report.from'), <Ltr>{email.from}</Ltr>],
    [t('messages.to'), <Ltr>{email.to.join(', ')}</Ltr>],
    ...(email.cc ? ([['Cc', <Ltr>{email.cc.join(', ')}</Ltr>]] as [string, React.ReactNode][]) : []),
    [t('common.created'), <Moment at={email.created_at} />],
    ...(email.scheduled_at ? ([[t('builder.goesOut'), <Moment at={email.scheduled_at} />]] as [string, React.ReactNode][]) : []),
    ...email.tags.map(({ name, value }): [string, React.ReactNode] => [name, <Written>{value}</Written>]),
  ];
  return (
    <Page
      title={<Written>{email.subject || t('messages.noSubject')}</Written>}
      name={email.subject}
      lead={<State tone={eventTones[email.last_event] ?? 'plain'}>{textOf(email.last_event)}</State>}
    >
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
        </Table.Tbody>
      </Table>
      <Tabs defaultValue="life" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="life">{t('messages.lifeTab')}</Tabs.Tab>
          {email.html !== null && <Tabs.Tab value="html">{t('preview.title')}</Tabs.Tab>}
          {email.text !== null && <Tabs.Tab value="text">{t('preview.text')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="life" pt="md">
          <Life id={email.message_id} />
        </Tabs.Panel>
        {email.html !== null && (
          <Tabs.Panel value="html" pt="md">
            <MailFrame html={email.html} />
          </Tabs.Panel>
        )}
        {email.text !== null && (
          <Tabs.Panel value="text" pt="md">
            <Code block dir="auto" tabIndex={0}>
              {email.text}
            </Code>
          </Tabs.Panel>
        )}
      </Tabs>
    </Page>
  );
}

function Life({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['traces', id],
    queryFn: () => unwrap(api.GET('/v1/messages/{id}/trace', { params: { path: { id }, query: { scope: 'workspace' } } })),
    refetchInterval: 5_000,
  });
  return (
    <Loaded query={query} rows={3}>
      {({ data }) => (
        <Stack gap="sm">
          {data.length === 0 && <Text c="dimmed">{t('messages.noneFound')}</Text>}
          {data.map((trace) => (
            <div key={trace.id}>
              <Text size="sm" mb={4}>
                <Ltr>{trace.email}</Ltr>
              </Text>
              <TraceCard trace={trace} isOpen />
            </div>
          ))}
        </Stack>
      )}
    </Loaded>
  );
}
