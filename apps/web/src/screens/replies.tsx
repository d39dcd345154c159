import { Button, Card, Grid, Group, SegmentedControl, Stack, Text, UnstyledButton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../api/client';
import { poll } from '../api/polling';
import { useFormat } from '../i18n/format';
import { useAction } from '../ui/actions';
import { TextLink } from '../ui/links';
import { Paged } from '../ui/more';
import { Page } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { Ltr, Moment, State, Written } from '../ui/text';

const route = getRouteApi('/replies');
type Thread = Schemas['ThreadPage']['data'][number];

/** What people answered: conversations at one side, the one that is read at the other. */
export function Replies() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { closed, thread } = route.useSearch();
  const query = useInfiniteQuery({
    queryKey: ['threads', closed === true],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/v1/threads', {
          params: { query: { open: closed ? 'false' : 'true', limit: 50, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: poll(10_000),
  });
  const look = (next: { closed?: true; thread?: string }) => void navigate({ to: '/replies', search: next });
  return (
    <Page
      title={t('nav.replies')}
      actions={
        <SegmentedControl
          aria-label={t('common.status')}
          value={closed ? 'closed' : 'open'}
          onChange={(value) => look(value === 'closed' ? { closed: true } : {})}
          data={[
            { value: 'open', label: t('replies.open') },
            { value: 'closed', label: t('replies.closed') },
          ]}
        />
      }
    >
      <Paged
        query={query}
        empty={
          <Empty icon="inbox" title={closed ? t('replies.noneClosed') : t('replies.empty')}>
            {t('replies.emptyHelp')}
          </Empty>
        }
      >
        {(rows) => (
          <Grid gap="md">
            <Grid.Col span={{ base: 12, md: 5 }} {...(thread && { visibleFrom: 'md' })}>
              <Stack gap={6} component="nav" aria-label={t('replies.conversations')}>
                {rows.map((one) => (
                  <ThreadLine
                    key={one.id}
                    thread={one}
                    isOpen={one.id === thread}
                    onOpen={() => look({ ...(closed && { closed }), thread: one.id })}
                  />
                ))}
              </Stack>
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 7 }}>
              {thread ? (
                <Conversation id={thread} onBack={() => look(closed ? { closed } : {})} />
              ) : (
                <Text c="dimmed" visibleFrom="md" p="md">
                  {t('replies.choose')}
                </Text>
              )}
            </Grid.Col>
          </Grid>
        )}
      </Paged>
    </Page>
  );
}

function ThreadLine({ thread, isOpen, onOpen }: { readonly thread: Thread; readonly isOpen: boolean; readonly onOpen: () => void }) {
  const format = useFormat();
  return (
    <UnstyledButton onClick={onOpen} aria-current={isOpen ? 'true' : undefined}>
      <Card withBorder padding="xs" {...(isOpen && { bg: 'var(--mantine-primary-color-light)' })}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text fw={600} size="sm" truncate>
            <Ltr>{thread.address}</Ltr>
          </Text>
          <Text size="xs" c="dimmed" style={{ flexShrink: 0 }}>
            {format.ago(thread.last_message_at)}
          </Text>
        </Group>
        <Text size="sm" c="dimmed" className="two-lines" dir="auto">
          {thread.subject}
        </Text>
      </Card>
    </UnstyledButton>
  );
}

function Conversation({ id, onBack }: { readonly id: string; readonly onBack: () => void }) {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['thread', id], queryFn: () => unwrap(api.GET('/v1/threads/{id}', { params: { path: { id } } })) });
  const setOpen = useAction((open: boolean) => unwrap(api.PATCH('/v1/threads/{id}', { params: { path: { id } }, body: { open } })), {
    refresh: [['threads'], ['thread', id]],
    done: t('common.saved'),
  });
  return (
    <Loaded query={query} rows={4}>
      {(thread) => (
        <Stack gap="sm">
          <Group justify="space-between">
            <Button variant="subtle" size="xs" hiddenFrom="md" onClick={onBack}>
              {t('common.back')}
            </Button>
            <Text component="h2" fw={650} m={0}>
              <Written>{thread.subject}</Written>
            </Text>
            <Button size="xs" variant="default" loading={setOpen.isPending} onClick={() => setOpen.mutate(!thread.open)}>
              {thread.open ? t('replies.close') : t('replies.reopen')}
            </Button>
          </Group>
          <Group gap="md">
            {thread.contact_id && (
              <TextLink size="sm" to="/contacts/$id" params={{ id: thread.contact_id }}>
                <Ltr>{thread.address}</Ltr>
              </TextLink>
            )}
            {thread.campaign_id && (
              <TextLink size="sm" to="/campaigns/$id" params={{ id: thread.campaign_id }}>
                {t('replies.campaign')}
              </TextLink>
            )}
          </Group>
          {thread.messages.map((message) => (
            <Card
              key={message.id}
              withBorder
              padding="sm"
              ms={message.direction === 'out' ? 'xl' : 0}
              me={message.direction === 'in' ? 'xl' : 0}
              {...(message.direction === 'out' && { bg: 'var(--mantine-color-default-hover)' })}
            >
              <Group justify="space-between" gap="xs">
                <Group gap="xs">
                  <Text size="sm" fw={600}>
                    {message.direction === 'out' ? t('replies.we') : <Ltr>{message.from}</Ltr>}
                  </Text>
                  {message.kind === 'auto-reply' && <State tone="plain">{t('messages.event.autoReply')}</State>}
                </Group>
                <Text size="xs" c="dimmed">
                  <Moment at={message.at} />
                </Text>
              </Group>
              <Text size="sm" dir="auto" style={{ whiteSpace: 'pre-wrap' }} className="wrap-anywhere">
                {message.text || message.subject}
              </Text>
            </Card>
          ))}
        </Stack>
      )}
    </Loaded>
  );
}
