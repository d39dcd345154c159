import { Alert, Button, Checkbox, Modal, SimpleGrid, Stack, Table, Text, TextInput } from '@mantine/core';
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
import { CopyValue, Ltr, Moment, State, Written } from '../../ui/text';

type EventType = Schemas['NewWebhook']['events'][number];
export const eventTypes = [
  'email.sent',
  'email.delivered',
  'email.delivery_delayed',
  'email.bounced',
  'email.failed',
  'email.canceled',
  'email.delivery_unknown',
  'email.suppressed',
  'email.opened',
  'email.clicked',
  'email.unsubscribed',
  'email.complained',
  'email.replied',
  'email.auto_replied',
  'email.received',
] as const satisfies readonly EventType[];

export function Webhooks() {
  const { t } = useTranslation();
  const [isAdding, setAdding] = useState(false);
  const query = useQuery({ queryKey: ['webhooks'], queryFn: () => unwrap(api.GET('/v1/webhooks')) });
  const add = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
      {t('webhooks.create')}
    </Button>
  );
  return (
    <Page title={t('nav.webhooks')} lead={t('webhooks.lead')} actions={add}>
      <Loaded query={query} rows={3}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon="webhook" title={t('webhooks.empty')} action={add}>
              {t('webhooks.emptyHelp')}
            </Empty>
          ) : (
            <div className="table-scroll">
              <Table verticalSpacing="sm" miw={560}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('webhooks.endpoint')}</Table.Th>
                    <Table.Th>{t('common.status')}</Table.Th>
                    <Table.Th>{t('webhooks.events')}</Table.Th>
                    <Table.Th>{t('common.created')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {data.map((one) => (
                    <Table.Tr key={one.id}>
                      <Table.Td>
                        <TextLink to="/webhooks/$id" params={{ id: one.id }}>
                          <Ltr>{one.endpoint}</Ltr>
                        </TextLink>
                        {one.description && (
                          <Text size="xs" c="dimmed">
                            <Written>{one.description}</Written>
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td>
                        <State tone={one.status === 'disabled' ? 'plain' : one.failing_since ? 'bad' : 'good'}>
                          {one.status === 'disabled'
                            ? t('webhooks.disabled')
                            : one.failing_since
                              ? t('webhooks.failing')
                              : t('webhooks.enabled')}
                        </State>
                      </Table.Td>
                      <Table.Td>
                        <Text size="xs">
                          <Ltr>{one.events.join(', ')}</Ltr>
                        </Text>
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
        title={t('webhooks.create')}
        size="lg"
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <NewWebhook />
      </Modal>
    </Page>
  );
}

function NewWebhook() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [endpoint, setEndpoint] = useState('');
  const [events, setEvents] = useState<string[]>(['email.delivered', 'email.bounced', 'email.complained']);
  const add = useAction(() => unwrap(api.POST('/v1/webhooks', { body: { endpoint, events: events as EventType[] } })), {
    isQuiet: true,
    refresh: [['webhooks']],
  });
  if (add.data) {
    const { id, signing_secret: secret } = add.data;
    return (
      <Stack>
        <Alert color="orange" icon={<Icon name="key" />} title={t('webhooks.secretOnce')}>
          {t('webhooks.secretHelp')}
        </Alert>
        <CopyValue value={secret} label={t('common.copy')} />
        <Button onClick={() => void navigate({ to: '/webhooks/$id', params: { id } })}>{t('keys.kept')}</Button>
      </Stack>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {add.isError && <ErrorPanel error={add.error} />}
        <TextInput
          label={t('webhooks.endpoint')}
          type="url"
          placeholder="https://example.org/hooks/chapar"
          required
          data-autofocus
          styles={{ input: { direction: 'ltr' } }}
          value={endpoint}
          onChange={(event) => setEndpoint(event.currentTarget.value)}
        />
        <Checkbox.Group label={t('webhooks.events')} value={events} onChange={setEvents}>
          <SimpleGrid cols={{ base: 1, xs: 2 }} mt="xs" spacing={6}>
            {eventTypes.map((type) => (
              <Checkbox key={type} value={type} label={<Ltr code>{type}</Ltr>} />
            ))}
          </SimpleGrid>
        </Checkbox.Group>
        <Button type="submit" loading={add.isPending} disabled={events.length === 0}>
          {t('common.create')}
        </Button>
      </Stack>
    </form>
  );
}
