import { Button, Modal, Stack, Table, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { useAction } from '../../ui/actions';
import { Icon } from '../../ui/icons';
import { TextLink } from '../../ui/links';
import { Page } from '../../ui/page';
import { Empty, ErrorPanel, Loaded } from '../../ui/states';
import { Ltr, Moment, State, type Tone } from '../../ui/text';

export type DomainStatus = Schemas['Domain']['status'];
export const domainTone: Readonly<Record<DomainStatus, Tone>> = { verified: 'good', pending: 'waiting', failed: 'bad' };

export function Domains() {
  const { t } = useTranslation();
  const [isAdding, setAdding] = useState(false);
  const query = useQuery({ queryKey: ['domains'], queryFn: () => unwrap(api.GET('/v1/domains', { params: { query: { limit: 100 } } })) });
  const add = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
      {t('domains.add')}
    </Button>
  );
  return (
    <Page title={t('nav.domains')} lead={t('domains.lead')} actions={add}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon="world" title={t('domains.empty')} action={add}>
              {t('domains.emptyHelp')}
            </Empty>
          ) : (
            <div className="table-scroll">
              <Table verticalSpacing="sm" miw={420}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('domains.name')}</Table.Th>
                    <Table.Th>{t('common.status')}</Table.Th>
                    <Table.Th>{t('common.created')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {data.map((one) => (
                    <Table.Tr key={one.id}>
                      <Table.Td>
                        <TextLink to="/domains/$id" params={{ id: one.id }} fw={600}>
                          <Ltr>{one.name}</Ltr>
                        </TextLink>
                      </Table.Td>
                      <Table.Td>
                        <State tone={domainTone[one.status]}>{t(`domains.status.${one.status}`)}</State>
                      </Table.Td>
                      <Table.Td>
                        <Moment at={one.created_at} />
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
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={t('domains.add')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <AddDomain />
      </Modal>
    </Page>
  );
}

function AddDomain() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const add = useAction(() => unwrap(api.POST('/v1/domains', { body: { name } })), {
    isQuiet: true,
    refresh: [['domains']],
    onDone: ({ id }) => void navigate({ to: '/domains/$id', params: { id } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {add.isError && <ErrorPanel error={add.error} />}
        <TextInput
          label={t('domains.name')}
          description={t('domains.nameHelp')}
          placeholder="news.example.org"
          required
          data-autofocus
          styles={{ input: { direction: 'ltr' } }}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" loading={add.isPending}>
          {t('common.next')}
        </Button>
      </Stack>
    </form>
  );
}
