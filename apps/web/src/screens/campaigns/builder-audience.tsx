import { Alert, MultiSelect, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { Bar, Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { TextLink } from '../../ui/links';
import { ErrorPanel, Loaded, Loading } from '../../ui/states';
import type { StepProps } from './builder';

/** To whom: lists, less lists, and how many remain. */
export function AudienceStep({ campaign, change }: StepProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const lists = useQuery({ queryKey: ['lists'], queryFn: () => unwrap(api.GET('/v1/lists')) });
  const { include, exclude } = campaign.audience;
  return (
    <Loaded query={lists} rows={3}>
      {({ data }) => {
        const options = data.map((list) => ({ value: list.id, label: `${list.name} (${format.compact(list.members.subscribed)})` }));
        if (data.length === 0)
          return (
            <Alert color="blue" icon={<Icon name="users" />}>
              {t('builder.noLists')} <TextLink to="/imports/new">{t('imports.start')}</TextLink>
            </Alert>
          );
        return (
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
            <Stack>
              <MultiSelect
                label={t('builder.include')}
                placeholder={include.lists.length === 0 ? t('builder.includePlaceholder') : ''}
                data={options}
                searchable
                value={[...include.lists]}
                onChange={(chosen) => change({ audience: { include: { lists: chosen }, exclude: { lists: [...exclude.lists] } } })}
              />
              <MultiSelect
                label={t('builder.exclude')}
                placeholder={exclude.lists.length === 0 ? t('builder.excludePlaceholder') : ''}
                data={options}
                searchable
                clearable
                clearButtonProps={{ 'aria-label': t('common.delete') }}
                value={[...exclude.lists]}
                onChange={(chosen) => change({ audience: { include: { lists: [...include.lists] }, exclude: { lists: chosen } } })}
              />
            </Stack>
            <Section title={t('builder.waterfall')}>
              <Waterfall include={include.lists} exclude={exclude.lists} />
            </Section>
          </SimpleGrid>
        );
      }}
    </Loaded>
  );
}

export function useAudienceCounts(include: readonly string[], exclude: readonly string[]) {
  return useQuery({
    queryKey: ['audience', include, exclude],
    queryFn: ({ signal }) =>
      unwrap(api.POST('/v1/campaigns/audience', { body: { include: { lists: [...include] }, exclude: { lists: [...exclude] } }, signal })),
    enabled: include.length > 0,
    placeholderData: keepPreviousData,
  });
}

function Waterfall({ include, exclude }: { readonly include: readonly string[]; readonly exclude: readonly string[] }) {
  const { t } = useTranslation();
  const counts = useAudienceCounts(include, exclude);
  if (include.length === 0) return <Text c="dimmed">{t('builder.chooseLists')}</Text>;
  if (counts.data === undefined)
    return counts.isError ? <ErrorPanel error={counts.error} onRetry={() => void counts.refetch()} /> : <Loading rows={4} height={28} />;
  return <CountTable counts={counts.data} />;
}

const losses = ['unsubscribed', 'unconfirmed', 'excluded', 'suppressed'] as const;

export function CountTable({ counts }: { readonly counts: Schemas['AudienceCounts'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows: [string, string, number, string][] = [
    ['selected', t('builder.selected'), counts.selected, 'gray'],
    ...losses
      .filter((name) => counts[name] > 0)
      .map((name): [string, string, number, string] => [name, t(`builder.${name}`), -counts[name], 'orange']),
    ['sendable', t('builder.sendable'), counts.sendable, 'teal'],
  ];
  return (
    <Table verticalSpacing="xs" aria-live="polite">
      <Table.Tbody>
        {rows.map(([key, label, count, color]) => (
          <Table.Tr key={key} {...(key === 'sendable' && { fw: 650 })}>
            <Table.Th fw="inherit">{label}</Table.Th>
            <Table.Td className="numeric" ta="end" data-testid={key}>
              {format.number(count)}
            </Table.Td>
            <Table.Td w="35%">
              <Bar value={Math.abs(count)} of={counts.selected} color={color} label={label} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
