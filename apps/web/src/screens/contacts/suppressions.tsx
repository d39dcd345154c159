import { ActionIcon, Button, Group, Modal, Select, Stack, Table, Text, TextInput, Textarea, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { useAction } from '../../ui/actions';
import { Icon } from '../../ui/icons';
import { TextLink } from '../../ui/links';
import { Paged } from '../../ui/more';
import { Page } from '../../ui/page';
import { SearchField } from '../../ui/search-field';
import { Empty, ErrorPanel } from '../../ui/states';
import { Ltr, Moment, State, type Tone, Written } from '../../ui/text';

const route = getRouteApi('/suppressions');
type Suppression = Schemas['SuppressionPage']['data'][number];
type Reason = Suppression['reason'];

export function Suppressions() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { search } = route.useSearch();
  const [isAdding, setAdding] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ['suppressions', search],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/v1/suppressions', {
          params: { query: { limit: 50, ...(search && { search }), ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  });
  const add = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
      {t('suppressions.add')}
    </Button>
  );
  return (
    <Page title={t('nav.suppressions')} lead={t('suppressions.lead')} actions={add}>
      <Group>
        <SearchField
          value={search ?? ''}
          onSearch={(text) => void navigate({ to: '/suppressions', search: text === '' ? {} : { search: text }, replace: true })}
        />
      </Group>
      <Paged
        query={query}
        empty={
          search ? (
            <Text c="dimmed">{t('suppressions.noneFound')}</Text>
          ) : (
            <Empty icon="ban" title={t('suppressions.empty')}>
              {t('suppressions.emptyHelp')}
            </Empty>
          )
        }
      >
        {(rows) => <SuppressionTable rows={rows} />}
      </Paged>
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={t('suppressions.add')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <AddForm onDone={() => setAdding(false)} />
      </Modal>
    </Page>
  );
}

const toneOf = (reason: Reason): Tone => (reason === 'manual' ? 'plain' : reason === 'unsubscribe' ? 'waiting' : 'bad');

function SuppressionTable({ rows }: { readonly rows: readonly Suppression[] }) {
  const { t } = useTranslation();
  const restore = useAction(
    (one: Suppression) =>
      unwrap(api.POST('/v1/suppressions', { body: { address: one.address, reason: one.reason, scope: one.scope, note: one.note } })),
    { refresh: [['suppressions']] },
  );
  const remove = useAction(
    async (one: Suppression) => {
      await unwrap(api.POST('/v1/suppressions/batch/remove', { body: { addresses: [one.address], scope: one.scope } }));
      return one;
    },
    {
      refresh: [['suppressions']],
      onDone: (one) => {
        const id = notifications.show({
          color: 'teal',
          autoClose: 10_000,
          message: (
            <>
              {t('suppressions.removed')}{' '}
              <Button
                size="compact-sm"
                variant="light"
                onClick={() => {
                  notifications.hide(id);
                  restore.mutate(one);
                }}
              >
                {t('common.undo')}
              </Button>
            </>
          ),
        });
      },
    },
  );
  return (
    <div className="table-scroll">
      <Table verticalSpacing="xs" miw={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('suppressions.address')}</Table.Th>
            <Table.Th>{t('suppressions.why')}</Table.Th>
            <Table.Th>{t('suppressions.scopeTitle')}</Table.Th>
            <Table.Th>{t('suppressions.since')}</Table.Th>
            <Table.Th aria-label={t('common.actions')} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>
                <Ltr>{one.address}</Ltr>
              </Table.Td>
              <Table.Td>
                <State tone={toneOf(one.reason)}>{t(`suppressions.reason.${one.reason}`)}</State>
                {one.note && (
                  <Text size="xs" c="dimmed">
                    <Written>{one.note}</Written>
                  </Text>
                )}
                {one.delivery_id && (
                  <TextLink size="xs" to="/messages/$id" params={{ id: one.delivery_id }}>
                    {t('suppressions.message')}
                  </TextLink>
                )}
              </Table.Td>
              <Table.Td>{t(`suppressions.scope.${one.scope}`)}</Table.Td>
              <Table.Td>
                <Moment at={one.created_at} />
              </Table.Td>
              <Table.Td>
                <Tooltip label={t('suppressions.remove')}>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`${t('suppressions.remove')}: ${one.address}`}
                    onClick={() => remove.mutate(one)}
                  >
                    <Icon name="trash" size={16} />
                  </ActionIcon>
                </Tooltip>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

const scopes = ['all', 'marketing'] as const;

function AddForm({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [text, setText] = useState('');
  const [note, setNote] = useState('');
  const [scope, setScope] = useState<(typeof scopes)[number]>('all');
  const addresses = text.split(/[\s,;،]+/).filter((one) => one !== '');
  const add = useAction(
    () =>
      unwrap(
        api.POST('/v1/suppressions/batch', {
          body: { suppressions: addresses.map((address) => ({ address, reason: 'manual' as const, scope, ...(note && { note }) })) },
        }),
      ),
    {
      isQuiet: true,
      refresh: [['suppressions']],
      done: t('suppressions.added', { count: addresses.length, n: format.number(addresses.length) }),
      onDone,
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {add.isError && <ErrorPanel error={add.error} />}
        <Textarea
          label={t('suppressions.addresses')}
          description={t('suppressions.addressesHelp')}
          required
          autosize
          minRows={3}
          maxRows={10}
          data-autofocus
          styles={{ input: { direction: 'ltr' } }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          label={t('suppressions.scopeTitle')}
          data={scopes.map((value) => ({ value, label: t(`suppressions.scope.${value}`) }))}
          allowDeselect={false}
          value={scope}
          onChange={(value) => setScope(value === 'marketing' ? 'marketing' : 'all')}
        />
        <TextInput label={t('suppressions.note')} dir="auto" value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Button type="submit" loading={add.isPending} disabled={addresses.length === 0 || addresses.length > 1000}>
          {t('common.save')}
        </Button>
      </Stack>
    </form>
  );
}
