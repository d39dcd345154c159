import { ActionIcon, Menu, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { useAction } from '../../ui/actions';
import { Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { Page } from '../../ui/page';
import { Empty, Loaded } from '../../ui/states';
import { Ltr, State, type Tone, Written } from '../../ui/text';

type Source = Schemas['EgressSource'];
const tones: Readonly<Record<Source['state'], Tone>> = { active: 'good', draining: 'waiting', disabled: 'plain' };

/** Where mail leaves from. It belongs to the whole installation, so others are told that they may not. */
export function Sources() {
  const { t } = useTranslation();
  const sources = useQuery({ queryKey: ['sources'], queryFn: () => unwrap(api.GET('/v1/egress/sources')), refetchInterval: 15_000 });
  const pools = useQuery({ queryKey: ['pools'], queryFn: () => unwrap(api.GET('/v1/egress/pools')), enabled: sources.isSuccess });
  return (
    <Page title={t('nav.sources')} lead={t('sources.lead')}>
      <Loaded query={sources} rows={3}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon="server" title={t('sources.empty')}>
              {t('sources.emptyHelp')}
            </Empty>
          ) : (
            <SourceTable sources={data} />
          )
        }
      </Loaded>
      {pools.data && pools.data.data.length > 0 && (
        <Section title={t('sources.pools')}>
          <Stack gap="xs">
            {pools.data.data.map((pool) => (
              <Text key={pool.name} size="sm">
                <b>
                  <Ltr>{pool.name}</Ltr>
                </b>
                : <Ltr>{pool.members.map(({ source, weight }) => `${source} ×${weight}`).join(', ')}</Ltr>
                {pool.streams.length > 0 && (
                  <Text span c="dimmed">
                    {' '}
                    · {t('sources.streams')} <Ltr>{pool.streams.map(({ stream }) => stream).join(', ')}</Ltr>
                  </Text>
                )}
              </Text>
            ))}
          </Stack>
        </Section>
      )}
    </Page>
  );
}

function SourceTable({ sources }: { readonly sources: readonly Source[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const set = useAction(
    ({ name, to }: { name: string; to: 'drain' | 'disable' | 'activate' }) => {
      const path = { params: { path: { name } } };
      if (to === 'drain') return unwrap(api.POST('/v1/egress/sources/{name}/drain', path));
      return to === 'disable'
        ? unwrap(api.POST('/v1/egress/sources/{name}/disable', path))
        : unwrap(api.POST('/v1/egress/sources/{name}/activate', path));
    },
    { refresh: [['sources']], done: ({ moved }) => t('sources.changed', { count: moved, n: format.number(moved) }) },
  );
  return (
    <div className="table-scroll">
      <Table verticalSpacing="sm" miw={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('common.name')}</Table.Th>
            <Table.Th>{t('common.status')}</Table.Th>
            <Table.Th>{t('sources.addresses')}</Table.Th>
            <Table.Th>HELO</Table.Th>
            <Table.Th aria-label={t('common.actions')} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sources.map((source) => (
            <Table.Tr key={source.name}>
              <Table.Td>
                <Text fw={600} span>
                  <Ltr>{source.name}</Ltr>
                </Text>
                {source.note && (
                  <Text size="xs" c="dimmed">
                    <Written>{source.note}</Written>
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <State tone={tones[source.state]}>{t(`sources.state.${source.state}`)}</State>
              </Table.Td>
              <Table.Td>
                {source.local_v4 || source.local_v6 ? (
                  <Ltr>{[source.local_v4, source.local_v6].filter(Boolean).join(' · ')}</Ltr>
                ) : (
                  t('sources.anyAddress')
                )}
              </Table.Td>
              <Table.Td>{source.helo ? <Ltr>{source.helo}</Ltr> : '–'}</Table.Td>
              <Table.Td>
                <Menu position="bottom-end">
                  <Menu.Target>
                    <ActionIcon variant="subtle" color="gray" aria-label={`${t('common.moreActions')}: ${source.name}`}>
                      <Icon name="dots" />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    {source.state !== 'active' && (
                      <Menu.Item onClick={() => set.mutate({ name: source.name, to: 'activate' })}>{t('sources.activate')}</Menu.Item>
                    )}
                    {source.state === 'active' && (
                      <Menu.Item onClick={() => set.mutate({ name: source.name, to: 'drain' })}>{t('sources.drain')}</Menu.Item>
                    )}
                    {source.state !== 'disabled' && (
                      <Menu.Item color="red" onClick={() => set.mutate({ name: source.name, to: 'disable' })}>
                        {t('sources.disable')}
                      </Menu.Item>
                    )}
                  </Menu.Dropdown>
                </Menu>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
