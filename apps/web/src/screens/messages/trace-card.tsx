import { Alert, Card, Code, Collapse, Group, Stack, Text, Timeline, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { Icon, type IconName } from '../../ui/icons';
import { TextLink } from '../../ui/links';
import { Ltr, Moment, State, type Tone, Written } from '../../ui/text';

export type Trace = Schemas['MessageTraces']['data'][number];
type Attempt = Trace['attempts'][number];

const tones: Readonly<Record<string, Tone>> = {
  queued: 'waiting',
  deferred: 'waiting',
  delivered: 'good',
  bounced: 'bad',
  failed: 'bad',
  cancelled: 'plain',
  unknown: 'waiting',
  suppressed: 'plain',
};

export const outcomes = ['queued', 'deferred', 'delivered', 'bounced', 'failed', 'cancelled', 'unknown', 'suppressed'] as const;
const eventKinds = ['open', 'click', 'unsubscribe', 'complaint', 'bounce', 'reply', 'autoReply'] as const;

export function useOutcomeText(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => {
    const known = outcomes.find((one) => one === name);
    return known ? t(`messages.outcome.${known}`) : name;
  };
}

/** One mail to one person, in one line; unfolded: its whole life. */
export function TraceCard({ trace, isOpen = false }: { readonly trace: Trace; readonly isOpen?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const outcomeText = useOutcomeText();
  const [isUnfolded, fold] = useDisclosure(isOpen);
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="sm">
          <State tone={tones[trace.state] ?? 'plain'}>{outcomeText(trace.state)}</State>
          {trace.campaign ? (
            <TextLink to="/campaigns/$id" params={{ id: trace.campaign.id }}>
              <Written>{trace.campaign.name}</Written>
            </TextLink>
          ) : (
            <Text span>{trace.kind === 'test' ? t('messages.test') : t('messages.single')}</Text>
          )}
          <Text size="sm" c="dimmed" component="span">
            <Moment at={trace.accepted_at} />
          </Text>
        </Group>
        <UnstyledButton onClick={fold.toggle} aria-expanded={isUnfolded} c="var(--mantine-primary-color-light-color)" fz="sm">
          {t('messages.life', { n: format.number(trace.attempts.length + trace.events.length) })}
        </UnstyledButton>
      </Group>
      <Collapse expanded={isUnfolded}>{isUnfolded && <Life trace={trace} />}</Collapse>
    </Card>
  );
}

function Life({ trace }: { readonly trace: Trace }) {
  const { t } = useTranslation();
  const steps = [
    ...trace.attempts.map((attempt) => ({
      at: attempt.at,
      key: `a${attempt.number} ${attempt.at}`,
      icon: iconOf(attempt),
      node: <AttemptView attempt={attempt} />,
    })),
    ...trace.events.map((event, n) => ({ at: event.at, key: `e${n}`, icon: 'activity' as IconName, node: <EventView event={event} /> })),
    ...trace.inbound.map((mail) => ({
      at: mail.received_at,
      key: `i${mail.id}`,
      icon: 'inbox' as IconName,
      node: (
        <Text size="sm">
          {t('messages.cameBack')} <Ltr>{mail.from}</Ltr>: <Written>{mail.subject}</Written>
        </Text>
      ),
    })),
  ].sort((a, b) => a.at.localeCompare(b.at));
  return (
    <Stack mt="md" gap="sm">
      {trace.message_id && (
        <Text size="xs" c="dimmed">
          Message-ID <Ltr code>{trace.message_id}</Ltr>
        </Text>
      )}
      {trace.suppression && (
        <Alert color="orange" icon={<Icon name="ban" />}>
          {t('contacts.suppressed')} · <Moment at={trace.suppression.since} /> <Written>{trace.suppression.detail}</Written>
        </Alert>
      )}
      <Timeline bulletSize={24} lineWidth={2}>
        <Timeline.Item bullet={<Icon name="check" size={14} />} title={t('messages.accepted')}>
          <Text size="xs" c="dimmed">
            <Moment at={trace.accepted_at} />
          </Text>
        </Timeline.Item>
        {steps.map(({ key, at, icon, node }) => (
          <Timeline.Item key={key} bullet={<Icon name={icon} size={14} />}>
            {node}
            <Text size="xs" c="dimmed">
              <Moment at={at} />
            </Text>
          </Timeline.Item>
        ))}
        {trace.queue && (
          <Timeline.Item bullet={<Icon name="clock" size={14} />} title={t('messages.waits')}>
            <Text size="sm">
              <Ltr>{trace.queue.site}</Ltr> · {t('messages.due')} <Moment at={trace.queue.due_at} />
            </Text>
            {(trace.queue.held_by ?? trace.queue.lane_reason) && (
              <Text size="sm">
                <Written>{trace.queue.held_by ?? trace.queue.lane_reason}</Written>
              </Text>
            )}
          </Timeline.Item>
        )}
      </Timeline>
    </Stack>
  );
}

const iconOf = ({ outcome }: Attempt): IconName => (outcome === 'delivered' ? 'circleCheck' : outcome === 'deferred' ? 'clock' : 'circleX');

function AttemptView({ attempt }: { readonly attempt: Attempt }) {
  const { t } = useTranslation();
  const format = useFormat();
  const outcomeText = useOutcomeText();
  const [isOpen, fold] = useDisclosure(false);
  return (
    <Stack gap={2}>
      <Text size="sm" fw={600}>
        {outcomeText(attempt.outcome)}
        {attempt.mx && (
          <>
            {' · '}
            <Ltr>{attempt.mx}</Ltr>
          </>
        )}
        {attempt.tls?.version && (
          <>
            {' · '}
            <Ltr>{attempt.tls.version}</Ltr>
          </>
        )}
        {attempt.duration_ms !== null && ` · ${format.duration(attempt.duration_ms)}`}
      </Text>
      {attempt.reply && (
        <Text size="sm">
          <Ltr code>{attempt.reply}</Ltr>
        </Text>
      )}
      {attempt.tls?.problem && (
        <Text size="sm">
          <Ltr>{attempt.tls.problem}</Ltr>
        </Text>
      )}
      {attempt.transcript && (
        <>
          <UnstyledButton onClick={fold.toggle} aria-expanded={isOpen} fz="xs" c="var(--mantine-primary-color-light-color)">
            {t('messages.transcript')}
          </UnstyledButton>
          <Collapse expanded={isOpen}>
            <Code block dir="ltr" tabIndex={0}>
              {attempt.transcript}
            </Code>
          </Collapse>
        </>
      )}
    </Stack>
  );
}

function EventView({ event }: { readonly event: Trace['events'][number] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const kind = eventKinds.find((one) => one === event.kind);
  return (
    <Text size="sm">
      <b>{kind ? t(`messages.event.${kind}`) : event.kind}</b>
      {event.link !== null && ` · ${t('messages.link', { n: format.number(event.link) })}`}
      {event.actor !== 'unknown' && ` · ${event.actor === 'human' ? t('report.byPeople') : t('report.byMachines')}`}
      {event.actor_reason && (
        <>
          {' '}
          (<Ltr>{event.actor_reason}</Ltr>)
        </>
      )}
    </Text>
  );
}
