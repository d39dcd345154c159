import { Button, Group, Modal, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { useAction } from '../../ui/actions';
import { Icon } from '../../ui/icons';
import { ButtonLink, TextLink } from '../../ui/links';
import { Paged } from '../../ui/more';
import { Page } from '../../ui/page';
import { SearchField } from '../../ui/search-field';
import { ErrorPanel, Empty } from '../../ui/states';
import { Ltr, Moment, State, type Tone, Written } from '../../ui/text';

const route = getRouteApi('/contacts');
const statuses = ['subscribed', 'unsubscribed', 'unconfirmed'] as const;
export const memberTone: Readonly<Record<(typeof statuses)[number], Tone>> = {
  subscribed: 'good',
  unsubscribed: 'bad',
  unconfirmed: 'waiting',
};

export function ContactList() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = route.useSearch();
  const [isAdding, setAdding] = useState(false);
  const lists = useQuery({ queryKey: ['lists'], queryFn: () => unwrap(api.GET('/v1/lists')) });
  const query = useInfiniteQuery({
    queryKey: ['contacts', search],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET('/v1/contacts', { params: { query: { ...search, limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  });
  const look = (change: typeof search) => void navigate({ to: '/contacts', search: change, replace: true });
  const isFiltered = search.search !== undefined || search.list !== undefined;
  return (
    <Page
      title={t('nav.contacts')}
      actions={
        <>
          <Button variant="default" leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
            {t('contacts.add')}
          </Button>
          <ButtonLink to="/imports/new" leftSection={<Icon name="upload" size={16} />}>
            {t('imports.start')}
          </ButtonLink>
        </>
      }
    >
      <Group gap="sm">
        <SearchField
          value={search.search ?? ''}
          label={t('contacts.search')}
          onSearch={(text) => {
            const { search: _before, ...rest } = search;
            look(text === '' ? rest : { ...rest, search: text });
          }}
        />
        <Select
          aria-label={t('contacts.list')}
          placeholder={t('contacts.everyList')}
          data={(lists.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          clearable
          clearButtonProps={{ 'aria-label': t('contacts.everyList') }}
          value={search.list ?? null}
          onChange={(list) => look({ ...(search.search && { search: search.search }), ...(list && { list }) })}
        />
        {search.list && (
          <Select
            aria-label={t('common.status')}
            placeholder={t('common.all')}
            data={statuses.map((value) => ({ value, label: t(`contacts.status.${value}`) }))}
            clearable
            clearButtonProps={{ 'aria-label': t('common.all') }}
            value={search.status ?? null}
            onChange={(status) => {
              const { status: _before, ...rest } = search;
              look({ ...rest, ...(status && { status: status as (typeof statuses)[number] }) });
            }}
          />
        )}
      </Group>
      <Paged
        query={query}
        empty={
          isFiltered ? (
            <Text c="dimmed">{t('contacts.noneFound')}</Text>
          ) : (
            <Empty icon="users" title={t('contacts.empty')} action={<ButtonLink to="/imports/new">{t('imports.start')}</ButtonLink>}>
              {t('contacts.emptyHelp')}
            </Empty>
          )
        }
      >
        {(rows) => (
          <div className="table-scroll">
            <Table verticalSpacing="xs" highlightOnHover miw={560}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('contacts.email')}</Table.Th>
                  <Table.Th>{t('common.name')}</Table.Th>
                  {search.list && <Table.Th>{t('common.status')}</Table.Th>}
                  <Table.Th>{t('common.created')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((one) => (
                  <Table.Tr key={one.id}>
                    <Table.Td>
                      <TextLink to="/contacts/$id" params={{ id: one.id }}>
                        <Ltr>{one.email}</Ltr>
                      </TextLink>
                    </Table.Td>
                    <Table.Td>
                      <Written>{`${one.first_name} ${one.last_name}`.trim() || '–'}</Written>
                    </Table.Td>
                    {search.list && (
                      <Table.Td>{one.status && <State tone={memberTone[one.status]}>{t(`contacts.status.${one.status}`)}</State>}</Table.Td>
                    )}
                    <Table.Td>
                      <Moment at={one.created_at} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Paged>
      <AddContact opened={isAdding} onClose={() => setAdding(false)} />
    </Page>
  );
}

function AddContact({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [form, setForm] = useState({ email: '', first_name: '', last_name: '' });
  const add = useAction(() => unwrap(api.POST('/v1/contacts', { body: form })), {
    isQuiet: true,
    refresh: [['contacts']],
    onDone: ({ id }) => void navigate({ to: '/contacts/$id', params: { id } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined);
  };
  return (
    <Modal opened={opened} onClose={onClose} title={t('contacts.add')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <form onSubmit={submit}>
        <Stack>
          {add.isError && <ErrorPanel error={add.error} />}
          <TextInput
            label={t('contacts.email')}
            type="email"
            required
            data-autofocus
            styles={{ input: { direction: 'ltr' } }}
            value={form.email}
            onChange={(event) => setForm({ ...form, email: event.currentTarget.value })}
          />
          <Group grow>
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
          </Group>
          <Button type="submit" loading={add.isPending}>
            {t('common.save')}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
