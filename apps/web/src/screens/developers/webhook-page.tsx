import { Alert, Button, Code, Collapse, Group, Menu, Modal, SegmentedControl, Stack, Table, Text, UnstyledButton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { poll } from '../../api/polling';
import { useFormat } from '../../i18n/format';
import { useAction } from '../../ui/actions';
import { Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { Paged } from '../../ui/more';
import { Page } from '../../ui/page';
import { ErrorPanel, Loaded, Loading } from '../../ui/states';
import { CopyValue, Ltr, Moment, State, type Tone, Written } from '../../ui/text';

const route = getRouteApi('/webhooks/$id');
type Entry = Schemas['WebhookMessages']['data'][number];
const stateTone: Readonly<Record<Entry['state'], Tone>> = { waiting: 'waiting', delivered: 'good', given_up: 'bad' };
const REPLAY_MS = 24 * 3600_000;

export function WebhookPage() {
  const { id } = route.useParams();
  const query = useQuery({ queryKey: ['webhook', id], queryFn: () => unwrap(api.GET('/v1/webhooks/{id}', { params: { path: { id } } })) });
  if (query.data === undefined)
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  return <Known webhook={query.data} />;
}

function Known({ webhook }: { readonly webhook: Schemas['Webhook'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const { id } = webhook;
  const path = { params: { path: { id } } };
  const refresh = [['webhook', id], ['webhooks']];
  const toggle = useAction(
    () => unwrap(api.PATCH('/v1/webhooks/{id}', { ...path, body: { status: webhook.status === 'enabled' ? 'disabled' : 'enabled' } })),
    { refresh, done: t('common.saved') },
  );
  const test = useAction(() => unwrap(api.POST('/v1/webhooks/{id}/test', { ...path, body: { type: 'email.delivered' } })), {
    refresh,
    done: t('webhooks.tested'),
  });
  const replay = useAction(
    () => {
      const until = new Date();
      const since = new Date(until.getTime() - REPLAY_MS);
      return unwrap(
        api.POST('/v1/webhooks/{id}/replay', {
          ...path,
          body: { since: since.toISOString(), until: until.toISOString(), only_failed: true },
        }),
      );
    },
    { refresh, done: ({ messages }) => t('webhooks.replayed', { count: messages, n: format.number(messages) }) },
  );
  const rotate = useAction(() => unwrap(api.POST('/v1/webhooks/{id}/rotate-secret', { ...path, body: { overlap_hours: 24 } })));
  const remove = useAction(() => unwrap(api.DELETE('/v1/webhooks/{id}', path)), {
    refresh: [['webhooks']],
    onDone: () => void navigate({ to: '/webhooks' }),
  });
  return (
    <Page
      title={<Ltr>{webhook.endpoint}</Ltr>}
      name={webhook.endpoint}
      lead={
        <Group gap="xs" component="span">
          <State tone={webhook.status === 'disabled' ? 'plain' : webhook.failing_since ? 'bad' : 'good'}>
            {webhook.status === 'disabled' ? t('webhooks.disabled') : webhook.failing_since ? t('webhooks.failing') : t('webhooks.enabled')}
          </State>
          <Text size="xs" span>
            <Ltr>{webhook.events.join(', ')}</Ltr>
          </Text>
        </Group>
      }
      actions={
        <>
          <Button variant="default" loading={test.isPending} onClick={() => test.mutate(undefined)}>
            {t('webhooks.test')}
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" rightSection={<Icon name="dots" size={16} />}>
                {t('common.actions')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => replay.mutate(undefined)}>{t('webhooks.replayFailed')}</Menu.Item>
              <Menu.Item onClick={() => rotate.mutate(undefined)}>{t('webhooks.rotate')}</Menu.Item>
              <Menu.Item onClick={() => toggle.mutate(undefined)}>
                {webhook.status === 'enabled' ? t('webhooks.disable') : t('webhooks.enable')}
              </Menu.Item>
              <Menu.Item color="red" onClick={() => remove.mutate(undefined)}>
                {t('common.delete')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      {webhook.status_reason && (
        <Alert color="orange" icon={<Icon name="alert" />}>
          <Written>{webhook.status_reason}</Written>
        </Alert>
      )}
      <Log id={id} />
      <Modal
        opened={rotate.data !== undefined}
        onClose={() => rotate.reset()}
        title={t('webhooks.secretOnce')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Stack>
          <CopyValue value={rotate.data?.signing_secret ?? ''} label={t('common.copy')} />
          {rotate.data?.old_secret_valid_until && (
            <Text size="sm">
              {t('webhooks.oldUntil')} <Moment at={rotate.data.old_secret_valid_until} />
            </Text>
          )}
        </Stack>
      </Modal>
    </Page>
  );
}

function Log({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const [state, setState] = useState<'all' | Entry['state']>('all');
  const query = useInfiniteQuery({
    queryKey: ['webhook', id, 'log', state],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/v1/webhooks/{id}/messages', {
          params: { path: { id }, query: { limit: 50, ...(state !== 'all' && { state }), ...(pageParam && { after: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => (page.has_more ? page.data.at(-1)?.id : undefined),
    refetchInterval: poll(5_000),
  });
  return (
    <Section
      title={t('webhooks.log')}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t('common.status')}
          value={state}
          onChange={(value) => setState(value as typeof state)}
          data={[
            { value: 'all', label: t('common.all') },
            ...(['waiting', 'delivered', 'given_up'] as const).map((value) => ({ value, label: t(`webhooks.state.${value}`) })),
          ]}
        />
      }
    >
      <Paged query={query} empty={<Text c="dimmed">{t('webhooks.logEmpty')}</Text>}>
        {(rows) => (
          <Stack gap={0}>
            {rows.map((entry) => (
              <EntryLine key={entry.id} webhook={id} entry={entry} />
            ))}
          </Stack>
        )}
      </Paged>
    </Section>
  );
}

function EntryLine({ webhook, entry }: { readonly webhook: string; readonly entry: Entry }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  return (
    <div style={{ borderBlockEnd: '1px solid var(--mantine-color-default-border)' }}>
      <UnstyledButton onClick={() => setOpen(!isOpen)} aria-expanded={isOpen} w="100%" py="xs">
        <Group gap="sm">
          <State tone={stateTone[entry.state]}>{t(`webhooks.state.${entry.state}`)}</State>
          <Text size="sm" span>
            <Ltr code>{entry.type}</Ltr>
          </Text>
          {entry.last_status_code !== null && (
            <Text size="sm" span>
              <Ltr>HTTP {entry.last_status_code}</Ltr>
            </Text>
          )}
          <Text size="sm" c="dimmed" span>
            {t('webhooks.tries', { count: entry.tries, n: format.number(entry.tries) })}
          </Text>
          <Text size="sm" c="dimmed" component="span" ms="auto">
            <Moment at={entry.created_at} />
          </Text>
        </Group>
      </UnstyledButton>
      <Collapse expanded={isOpen}>{isOpen && <Attempts webhook={webhook} message={entry.id} />}</Collapse>
    </div>
  );
}

function Attempts({ webhook, message }: { readonly webhook: string; readonly message: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const path = { params: { path: { id: webhook, message } } };
  const query = useQuery({
    queryKey: ['webhook', webhook, 'message', message],
    queryFn: () => unwrap(api.GET('/v1/webhooks/{id}/messages/{message}', path)),
  });
  const replay = useAction(() => unwrap(api.POST('/v1/webhooks/{id}/messages/{message}/replay', path)), {
    refresh: [['webhook', webhook]],
    done: t('webhooks.replayed', { count: 1, n: format.number(1) }),
  });
  return (
    <Stack gap="xs" pb="sm">
      <Loaded query={query} rows={2}>
        {({ attempts, event_id: event }) => (
          <>
            <Text size="xs" c="dimmed">
              <Ltr code>{event}</Ltr>
            </Text>
            {attempts.length === 0 && <Text size="sm">{t('webhooks.notTried')}</Text>}
            <div className="table-scroll">
              <Table verticalSpacing={4}>
                <Table.Tbody>
                  {attempts.map((one) => (
                    <Table.Tr key={one.at}>
                      <Table.Td w={170}>
                        <Moment at={one.at} />
                      </Table.Td>
                      <Table.Td w={90}>
                        <Ltr>{one.status_code ?? '–'}</Ltr>
                      </Table.Td>
                      <Table.Td w={100}>{format.duration(one.duration_ms)}</Table.Td>
                      <Table.Td>
                        {one.error && <Ltr>{one.error}</Ltr>}
                        {one.response && (
                          <Code block dir="ltr" tabIndex={0}>
                            {one.response}
                          </Code>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          </>
        )}
      </Loaded>
      <Button
        size="xs"
        variant="light"
        style={{ alignSelf: 'flex-start' }}
        loading={replay.isPending}
        onClick={() => replay.mutate(undefined)}
      >
        {t('webhooks.replay')}
      </Button>
    </Stack>
  );
}
