import { Alert, Button, Group, Stack, Switch, Table, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { useAction } from '../../ui/actions';
import { Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { Page } from '../../ui/page';
import { ErrorPanel, Loaded, Loading } from '../../ui/states';
import { Ltr, Moment, State, Written } from '../../ui/text';
import { TraceCard } from '../messages/trace-card';
import { memberTone } from './contact-list';

const route = getRouteApi('/contacts/$id');
type Detail = Schemas['ContactDetail'];

export function ContactPage() {
  const { id } = route.useParams();
  const query = useQuery({
    queryKey: ['contact', id],
    queryFn: () => unwrap(api.GET('/v1/contacts/{id}', { params: { path: { id } } })),
  });
  if (query.data === undefined)
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  return <Known key={query.data.id} contact={query.data} />;
}

function Known({ contact }: { readonly contact: Detail }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { email } = contact;
  const suppressed = useQuery({
    queryKey: ['suppressions', 'check', email],
    queryFn: () => unwrap(api.GET('/v1/suppressions', { params: { query: { search: email, limit: 5 } } })),
  });
  const remove = useAction(() => unwrap(api.DELETE('/v1/contacts/{id}', { params: { path: { id: contact.id } } })), {
    refresh: [['contacts']],
    done: t('contacts.deleted'),
    onDone: () => void navigate({ to: '/contacts' }),
  });
  const [isSure, setSure] = useState(false);
  const by = suppressed.data?.data.find(({ address }) => address.toLowerCase() === email.toLowerCase());
  return (
    <Page
      title={<Ltr>{email}</Ltr>}
      name={email}
      lead={<Written>{`${contact.first_name} ${contact.last_name}`.trim()}</Written>}
      actions={
        <Button
          variant={isSure ? 'filled' : 'subtle'}
          color="red"
          loading={remove.isPending}
          onClick={() => (isSure ? remove.mutate(undefined) : setSure(true))}
        >
          {isSure ? t('contacts.deleteSure') : t('common.delete')}
        </Button>
      }
    >
      {by && (
        <Alert color="orange" icon={<Icon name="ban" />} title={t('contacts.suppressed')}>
          {t(`suppressions.reason.${by.reason}`)} · <Moment at={by.created_at} /> {by.note && <Written>{by.note}</Written>}
        </Alert>
      )}
      <Profile contact={contact} />
      <Memberships contact={contact} />
      <Timeline email={email} />
    </Page>
  );
}

function Profile({ contact }: { readonly contact: Detail }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form, setForm] = useState({ first_name: contact.first_name, last_name: contact.last_name, language: contact.language });
  const save = useAction(() => unwrap(api.PATCH('/v1/contacts/{id}', { params: { path: { id: contact.id } }, body: form })), {
    refresh: [['contacts']],
    done: t('common.saved'),
    onDone: () => void client.invalidateQueries({ queryKey: ['contact', contact.id] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  const attributes = Object.entries(contact.attributes);
  return (
    <Section title={t('contacts.profile')}>
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput
            label={t('contacts.firstName')}
            dir="auto"
            value={form.first_name}
            onChange={(event) => setForm({ ...form, first_name: event.currentTarget.value })}
          />
          <TextInput
            label={t('contacts.lastName')}
            dir="auto"
            value={form.last_name}
            onChange={(event) => setForm({ ...form, last_name: event.currentTarget.value })}
          />
          <TextInput
            label={t('contacts.language')}
            placeholder="fa"
            w={110}
            styles={{ input: { direction: 'ltr' } }}
            value={form.language}
            onChange={(event) => setForm({ ...form, language: event.currentTarget.value })}
          />
          <Button type="submit" variant="light" loading={save.isPending}>
            {t('common.save')}
          </Button>
        </Group>
      </form>
      {attributes.length > 0 && (
        <Table verticalSpacing={4} maw={640} aria-label={t('contacts.attributes')}>
          <Table.Tbody>
            {attributes.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th fw={400} c="dimmed" w={200}>
                  <Written>{name}</Written>
                </Table.Th>
                <Table.Td>
                  <Written>{typeof value === 'string' ? value : JSON.stringify(value)}</Written>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}

function Memberships({ contact }: { readonly contact: Detail }) {
  const { t } = useTranslation();
  const change = useAction(
    ({ list, status }: { list: string; status: 'subscribed' | 'unsubscribed' }) =>
      unwrap(api.PUT('/v1/contacts/{id}/lists/{list}', { params: { path: { id: contact.id, list } }, body: { status } })),
    { refresh: [['contact', contact.id], ['lists']] },
  );
  return (
    <Section title={t('nav.lists')}>
      {contact.lists.length === 0 ? (
        <Text c="dimmed">{t('contacts.noLists')}</Text>
      ) : (
        <Stack gap="xs">
          {contact.lists.map((one) => (
            <Group key={one.list_id} gap="sm">
              <Switch
                label={<Written>{one.name}</Written>}
                checked={one.status === 'subscribed'}
                onChange={(event) =>
                  change.mutate({ list: one.list_id, status: event.currentTarget.checked ? 'subscribed' : 'unsubscribed' })
                }
              />
              <State tone={memberTone[one.status]}>{t(`contacts.status.${one.status}`)}</State>
              <Text size="sm" c="dimmed">
                <Moment at={one.since} />
              </Text>
            </Group>
          ))}
        </Stack>
      )}
    </Section>
  );
}

function Timeline({ email }: { readonly email: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['traces', email],
    queryFn: () => unwrap(api.GET('/v1/messages/{id}/trace', { params: { path: { id: email }, query: { scope: 'workspace' } } })),
    retry: false,
  });
  const isNone = query.isError && 'status' in query.error && query.error.status === 404;
  return (
    <Section title={t('contacts.timeline')}>
      {isNone ? (
        <Text c="dimmed">{t('contacts.noMail')}</Text>
      ) : (
        <Loaded query={query} rows={3}>
          {({ data }) =>
            data.length === 0 ? (
              <Text c="dimmed">{t('contacts.noMail')}</Text>
            ) : (
              <Stack gap="sm">
                {data.slice(0, 20).map((trace) => (
                  <TraceCard key={trace.id} trace={trace} />
                ))}
              </Stack>
            )
          }
        </Loaded>
      )}
    </Section>
  );
}
