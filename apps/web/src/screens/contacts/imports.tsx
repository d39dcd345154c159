import { Progress, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { poll } from '../../api/polling';
import { useFormat } from '../../i18n/format';
import { Icon } from '../../ui/icons';
import { ButtonLink, TextLink } from '../../ui/links';
import { Page } from '../../ui/page';
import { Empty, Loaded } from '../../ui/states';
import { Moment, State, type Tone, Written } from '../../ui/text';

export type ImportStatus = Schemas['Import']['status'];
export const importTone: Readonly<Record<ImportStatus, Tone>> = {
  waiting: 'waiting',
  running: 'busy',
  finished: 'good',
  failed: 'bad',
  cancelled: 'plain',
};
export const isRunning = (status: ImportStatus): boolean => status === 'waiting' || status === 'running';

export function Imports() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useQuery({
    queryKey: ['imports'],
    queryFn: () => unwrap(api.GET('/v1/imports')),
    refetchInterval: (state) => poll(state.state.data?.data.some(({ status }) => isRunning(status)) ? 1_000 : 15_000)(state),
  });
  const start = (
    <ButtonLink to="/imports/new" leftSection={<Icon name="upload" size={16} />}>
      {t('imports.start')}
    </ButtonLink>
  );
  return (
    <Page title={t('nav.imports')} actions={start}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon="upload" title={t('imports.empty')} action={start}>
              {t('imports.emptyHelp')}
            </Empty>
          ) : (
            <div className="table-scroll">
              <Table verticalSpacing="xs" miw={600}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('imports.file')}</Table.Th>
                    <Table.Th>{t('common.status')}</Table.Th>
                    <Table.Th>{t('imports.read')}</Table.Th>
                    <Table.Th>{t('imports.rejected')}</Table.Th>
                    <Table.Th>{t('common.created')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {data.map((one) => (
                    <Table.Tr key={one.id}>
                      <Table.Td>
                        <TextLink to="/imports/$id" params={{ id: one.id }}>
                          <Written>{one.file_name}</Written>
                        </TextLink>
                      </Table.Td>
                      <Table.Td>
                        <State tone={importTone[one.status]}>{t(`imports.status.${one.status}`)}</State>
                        {isRunning(one.status) && (
                          <Progress value={100 * one.progress} size="sm" mt={4} aria-label={t('campaigns.progress')} />
                        )}
                      </Table.Td>
                      <Table.Td className="numeric">{format.number(one.rows_read)}</Table.Td>
                      <Table.Td className="numeric">{format.number(one.rows_rejected)}</Table.Td>
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
    </Page>
  );
}
