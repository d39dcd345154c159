import { ActionIcon, Button, Group, Menu, Modal, Select, Stack, Table, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { useAction } from '../../ui/actions';
import { Icon } from '../../ui/icons';
import { TextLink } from '../../ui/links';
import { Page } from '../../ui/page';
import { Empty, ErrorPanel, Loaded } from '../../ui/states';
import { Moment, Written } from '../../ui/text';
import { useNavigate } from '@tanstack/react-router';

type List = Schemas['ContactLists']['data'][number];

export function Lists() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [form, setForm] = useState<List | 'new'>();
  const query = useQuery({ queryKey: ['lists'], queryFn: () => unwrap(api.GET('/v1/lists')) });
  const remove = useAction((id: string) => unwrap(api.DELETE('/v1/lists/{id}', { params: { path: { id } } })), {
    refresh: [['lists']],
    done: t('lists.deleted'),
  });
  const add = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setForm('new')}>
      {t('lists.create')}
    </Button>
  );
  return (
    <Page title={t('nav.lists')} actions={add}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon="list" title={t('lists.empty')} action={add}>
              {t('lists.emptyHelp')}
            </Empty>
          ) : (
            <div className="table-scroll">
              <Table verticalSpacing="xs" miw={600}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('common.name')}</Table.Th>
                    <Table.Th>{t('contacts.status.subscribed')}</Table.Th>
                    <Table.Th>{t('contacts.status.unsubscribed')}</Table.Th>
                    <Table.Th>{t('contacts.status.unconfirmed')}</Table.Th>
                    <Table.Th>{t('lists.optIn')}</Table.Th>
                    <Table.Th>{t('common.created')}</Table.Th>
                    <Table.Th aria-label={t('common.actions')} />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {data.map((list) => (
                    <Table.Tr key={list.id}>
                      <Table.Td>
                        <TextLink to="/contacts" search={{ list: list.id }} fw={600}>
                          <Written>{list.name}</Written>
                        </TextLink>
                      </Table.Td>
                      <Table.Td className="numeric">{format.number(list.members.subscribed)}</Table.Td>
                      <Table.Td className="numeric">{format.number(list.members.unsubscribed)}</Table.Td>
                      <Table.Td className="numeric">{format.number(list.members.unconfirmed)}</Table.Td>
                      <Table.Td>{t(`lists.${list.opt_in}`)}</Table.Td>
                      <Table.Td>
                        <Moment at={list.created_at} />
                      </Table.Td>
                      <Table.Td>
                        <Menu position="bottom-end">
                          <Menu.Target>
                            <ActionIcon variant="subtle" color="gray" aria-label={`${t('common.moreActions')}: ${list.name}`}>
                              <Icon name="dots" />
                            </ActionIcon>
                          </Menu.Target>
                          <Menu.Dropdown>
                            <Menu.Item onClick={() => setForm(list)}>{t('lists.rename')}</Menu.Item>
                            <Menu.Item onClick={() => void navigate({ to: '/imports/new', search: { list: list.id } })}>
                              {t('imports.start')}
                            </Menu.Item>
                            <Menu.Item color="red" onClick={() => remove.mutate(list.id)}>
                              {t('common.delete')}
                            </Menu.Item>
                          </Menu.Dropdown>
                        </Menu>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )
        }
      </Loaded>
      <Modal
        opened={form !== undefined}
        onClose={() => setForm(undefined)}
        title={form === 'new' ? t('lists.create') : t('lists.rename')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {form !== undefined && <ListForm list={form === 'new' ? undefined : form} onDone={() => setForm(undefined)} />}
      </Modal>
    </Page>
  );
}

function ListForm({ list, onDone }: { readonly list: List | undefined; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(list?.name ?? '');
  const [optIn, setOptIn] = useState<'single' | 'double'>('single');
  const save = useAction(
    () =>
      list === undefined
        ? unwrap(api.POST('/v1/lists', { body: { name, optIn } }))
        : unwrap(api.PATCH('/v1/lists/{id}', { params: { path: { id: list.id } }, body: { name } })),
    { isQuiet: true, refresh: [['lists']], onDone },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {save.isError && <ErrorPanel error={save.error} />}
        <TextInput
          label={t('common.name')}
          description={t('lists.nameHelp')}
          required
          maxLength={200}
          dir="auto"
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {list === undefined && (
          <Select
            label={t('lists.optIn')}
            data={[
              { value: 'single', label: t('lists.single') },
              { value: 'double', label: t('lists.double') },
            ]}
            allowDeselect={false}
            value={optIn}
            onChange={(value) => setOptIn(value === 'double' ? 'double' : 'single')}
          />
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
