import { Alert, Button, Group, Progress, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { poll } from '../../api/polling';
import { useFormat } from '../../i18n/format';
import { useAction } from '../../ui/actions';
import { Figure, Figures, Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { ButtonLink } from '../../ui/links';
import { Page } from '../../ui/page';
import { ErrorPanel, Loading } from '../../ui/states';
import { Ltr, State, Written } from '../../ui/text';
import { importTone, isRunning } from './imports';

const route = getRouteApi('/imports/$id');

/** How far an import is, what it did, and the rows to mend. It goes on when the page is left. */
export function ImportPage() {
  const { id } = route.useParams();
  const query = useQuery({
    queryKey: ['import', id],
    queryFn: () => unwrap(api.GET('/v1/imports/{id}', { params: { path: { id } } })),
    refetchInterval: (state) => (state.state.data && !isRunning(state.state.data.status) ? false : poll(700)(state)),
  });
  if (query.data === undefined)
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  return <Known one={query.data} />;
}

function Known({ one }: { readonly one: Schemas['Import'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const stop = useAction(() => unwrap(api.POST('/v1/imports/{id}/cancel', { params: { path: { id: one.id } } })), {
    refresh: [['import', one.id]],
  });
  const seconds = one.started_at ? (Date.parse(one.finished_at ?? new Date().toISOString()) - Date.parse(one.started_at)) / 1000 : 0;
  return (
    <Page
      title={<Written>{one.file_name}</Written>}
      name={one.file_name}
      lead={<State tone={importTone[one.status]}>{t(`imports.status.${one.status}`)}</State>}
      actions={
        isRunning(one.status) ? (
          <Button variant="default" color="red" loading={stop.isPending} onClick={() => stop.mutate(undefined)}>
            {t('imports.stop')}
          </Button>
        ) : (
          one.list_id && (
            <ButtonLink variant="default" to="/contacts" search={{ list: one.list_id }}>
              {t('imports.seeContacts')}
            </ButtonLink>
          )
        )
      }
    >
      {one.error && (
        <Alert color="red" icon={<Icon name="alert" />} title={t('imports.failedTitle')}>
          <Written>{one.error.message}</Written>
        </Alert>
      )}
      <Stack gap={4}>
        <Progress value={100 * one.progress} size="lg" radius="xl" animated={isRunning(one.status)} aria-label={t('campaigns.progress')} />
        <Text size="sm" c="dimmed" aria-live="polite" className="numeric">
          {format.percent(one.progress, 1)}{' '}
          {seconds > 0 && `· ${t('imports.rowsPerSecond', { n: format.number(one.rows_read / seconds) })}`}
        </Text>
      </Stack>
      <Figures>
        <Figure label={t('imports.read')} value={format.number(one.rows_read)} />
        <Figure label={t('imports.createdRows')} value={format.number(one.rows_created)} />
        <Figure label={t('imports.updatedRows')} value={format.number(one.rows_updated)} />
        <Figure label={t('imports.unchanged')} value={format.number(one.rows_unchanged)} />
        <Figure label={t('imports.duplicate')} value={format.number(one.rows_duplicate)} />
        <Figure label={t('imports.rejected')} value={format.number(one.rows_rejected)} tone={one.rows_rejected > 0 ? 'bad' : undefined} />
        <Figure
          label={t('imports.keptUnsubscribed')}
          value={format.number(one.kept_unsubscribed)}
          help={t('imports.keptUnsubscribedHelp')}
        />
        <Figure label={t('imports.suppressed')} value={format.number(one.suppressed)} help={t('imports.suppressedHelp')} />
      </Figures>
      {one.has_error_file && (
        <Alert color="orange" icon={<Icon name="download" />} title={t('imports.errorFile')}>
          <Group>
            <Text size="sm">{t('imports.errorFileHelp')}</Text>
            <Button component="a" size="xs" variant="light" color="orange" href={`/v1/imports/${one.id}/errors.csv`}>
              {t('common.download')}
            </Button>
          </Group>
        </Alert>
      )}
      <Section title={t('imports.columns')}>
        <Table maw={560} verticalSpacing={4}>
          <Table.Tbody>
            {one.columns.map(({ column, field }) => (
              <Table.Tr key={column}>
                <Table.Th fw={400}>
                  <Written>{column}</Written>
                </Table.Th>
                <Table.Td>
                  <Ltr code>{field}</Ltr>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Section>
    </Page>
  );
}
