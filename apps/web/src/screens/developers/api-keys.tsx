import { ActionIcon, Alert, Button, Code, Modal, Select, Stack, Table, Tabs, Text, TextInput, Textarea, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { useAction } from '../../ui/actions';
import { Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { Page } from '../../ui/page';
import { Empty, ErrorPanel, Loaded } from '../../ui/states';
import { snippets } from './snippets';
import { CopyIcon, CopyValue, Ltr, Moment, Written } from '../../ui/text';

type Key = Schemas['ApiKeys']['data'][number];
const permissions = ['full_access', 'sending_access', 'read_access'] as const;
type Permission = (typeof permissions)[number];

export function ApiKeys() {
  const { t } = useTranslation();
  const [isAdding, setAdding] = useState(false);
  const query = useQuery({ queryKey: ['keys'], queryFn: () => unwrap(api.GET('/v1/api-keys', { params: { query: { limit: 100 } } })) });
  const add = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
      {t('keys.create')}
    </Button>
  );
  return (
    <Page title={t('nav.keys')} lead={t('keys.lead')} actions={add}>
      <Loaded query={query} rows={3}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon="key" title={t('keys.empty')} action={add}>
              {t('keys.emptyHelp')}
            </Empty>
          ) : (
            <KeyTable keys={data} />
          )
        }
      </Loaded>
      <Snippets />
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={t('keys.create')}
        size="lg"
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <NewKey onDone={() => setAdding(false)} />
      </Modal>
    </Page>
  );
}

const permissionOf = (name: string): Permission => permissions.find((one) => one === name) ?? 'read_access';

function KeyTable({ keys }: { readonly keys: readonly Key[] }) {
  const { t } = useTranslation();
  const [revoking, setRevoking] = useState<Key>();
  const revoke = useAction((id: string) => unwrap(api.DELETE('/v1/api-keys/{id}', { params: { path: { id } } })), {
    refresh: [['keys']],
    done: t('keys.revoked'),
    onDone: () => setRevoking(undefined),
  });
  return (
    <div className="table-scroll">
      <Table verticalSpacing="xs" miw={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('common.name')}</Table.Th>
            <Table.Th>{t('keys.prefix')}</Table.Th>
            <Table.Th>{t('keys.may')}</Table.Th>
            <Table.Th>{t('keys.lastUsed')}</Table.Th>
            <Table.Th>{t('keys.expires')}</Table.Th>
            <Table.Th aria-label={t('common.actions')} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>
                <Written>{one.name}</Written>
              </Table.Td>
              <Table.Td>
                <Ltr code>{one.prefix}…</Ltr>
              </Table.Td>
              <Table.Td>
                {t(`keys.permission.${permissionOf(one.permission)}`)}
                {one.domain && (
                  <Text size="xs" c="dimmed">
                    <Ltr>{one.domain}</Ltr>
                  </Text>
                )}
                {one.allowed_networks.length > 0 && (
                  <Text size="xs" c="dimmed">
                    <Ltr>{one.allowed_networks.join(', ')}</Ltr>
                  </Text>
                )}
              </Table.Td>
              <Table.Td>{one.last_used_at ? <Moment at={one.last_used_at} relative /> : t('common.never')}</Table.Td>
              <Table.Td>{one.expires_at ? <Moment at={one.expires_at} /> : t('common.never')}</Table.Td>
              <Table.Td>
                <Tooltip label={t('keys.revoke')}>
                  <ActionIcon variant="subtle" color="red" aria-label={`${t('keys.revoke')}: ${one.name}`} onClick={() => setRevoking(one)}>
                    <Icon name="trash" size={16} />
                  </ActionIcon>
                </Tooltip>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Modal
        opened={revoking !== undefined}
        onClose={() => setRevoking(undefined)}
        title={t('keys.revoke')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Stack>
          <Text size="sm">{t('keys.revokeHelp', { name: revoking?.name ?? '' })}</Text>
          <Button color="red" loading={revoke.isPending} onClick={() => revoking && revoke.mutate(revoking.id)}>
            {t('keys.revoke')}
          </Button>
        </Stack>
      </Modal>
    </div>
  );
}

function NewKey({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation();
  const domains = useQuery({ queryKey: ['domains'], queryFn: () => unwrap(api.GET('/v1/domains', { params: { query: { limit: 100 } } })) });
  const [form, setForm] = useState({ name: '', permission: 'sending_access' as Permission, domain: '', networks: '' });
  const add = useAction(
    () =>
      unwrap(
        api.POST('/v1/api-keys', {
          body: {
            name: form.name,
            permission: form.permission,
            ...(form.domain && { domain_id: form.domain }),
            allowed_networks: form.networks.split(/[\s,;]+/).filter((one) => one !== ''),
          },
        }),
      ),
    { isQuiet: true, refresh: [['keys']] },
  );
  if (add.data)
    return (
      <Stack>
        <Alert color="orange" icon={<Icon name="key" />} title={t('keys.once')}>
          {t('keys.onceHelp')}
        </Alert>
        <CopyValue value={add.data.token} label={t('common.copy')} />
        <Button onClick={onDone}>{t('keys.kept')}</Button>
      </Stack>
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {add.isError && <ErrorPanel error={add.error} />}
        <TextInput
          label={t('common.name')}
          required
          maxLength={50}
          dir="auto"
          data-autofocus
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
        <Select
          label={t('keys.may')}
          data={permissions.map((value) => ({ value, label: t(`keys.permission.${value}`) }))}
          allowDeselect={false}
          value={form.permission}
          onChange={(value) => setForm({ ...form, permission: permissionOf(value ?? '') })}
        />
        <Select
          label={t('keys.domain')}
          placeholder={t('common.all')}
          data={(domains.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          clearable
          clearButtonProps={{ 'aria-label': t('common.all') }}
          value={form.domain || null}
          onChange={(value) => setForm({ ...form, domain: value ?? '' })}
        />
        <Textarea
          label={t('keys.networks')}
          description={t('keys.networksHelp')}
          placeholder="203.0.113.0/24"
          autosize
          styles={{ input: { direction: 'ltr' } }}
          value={form.networks}
          onChange={(event) => setForm({ ...form, networks: event.currentTarget.value })}
        />
        <Button type="submit" loading={add.isPending}>
          {t('common.create')}
        </Button>
      </Stack>
    </form>
  );
}

function Snippets() {
  const { t } = useTranslation();
  const all = snippets(location.origin);
  return (
    <Section title={t('keys.try')}>
      <Tabs defaultValue="curl" keepMounted={false}>
        <Tabs.List>
          {Object.keys(all).map((name) => (
            <Tabs.Tab key={name} value={name}>
              <Ltr>{name}</Ltr>
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {Object.entries(all).map(([name, code]) => (
          <Tabs.Panel key={name} value={name} pt="sm">
            <div style={{ position: 'relative' }}>
              <Code block dir="ltr" tabIndex={0} pe={48}>
                {code}
              </Code>
              <span style={{ position: 'absolute', insetBlockStart: 6, insetInlineEnd: 6 }}>
                <CopyIcon value={code} label={t('common.copy')} />
              </span>
            </div>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Section>
  );
}
