import { Alert, Button, Card, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { latinDigits, useFormat } from '../../i18n/format';
import type { BuilderStep } from '../../router';
import { useAction } from '../../ui/actions';
import { Icon } from '../../ui/icons';
import { ErrorPanel, Loaded } from '../../ui/states';
import { Ltr, Written } from '../../ui/text';
import { useChecks } from './builder-checks';
import type { Campaign } from './campaign-data';

/** When it goes; `unclear`: what was typed is no time. */
export type Timing = { readonly kind: 'now' } | { readonly kind: 'at'; readonly at: Date } | { readonly kind: 'unclear' };

interface ReviewProps {
  readonly campaign: Campaign;
  readonly timing: Timing;
  readonly goTo: (step: BuilderStep) => void;
}

/** The last look: sending to many people asks for their number, which nobody types by mistake. */
export function ReviewStep({ campaign, timing, goTo }: ReviewProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const checks = useChecks(campaign.id);
  const [typed, setTyped] = useState('');
  const path = { params: { path: { id: campaign.id } } };
  const go = useAction(
    () =>
      timing.kind === 'at'
        ? unwrap(api.POST('/v1/campaigns/{id}/schedule', { ...path, body: { at: timing.at.toISOString() } }))
        : unwrap(api.POST('/v1/campaigns/{id}/send', path)),
    {
      isQuiet: true,
      refresh: [['campaigns'], ['campaign', campaign.id]],
      done: timing.kind === 'at' ? t('builder.scheduled') : t('builder.sent'),
      onDone: () => void navigate({ to: '/campaigns/$id', params: { id: campaign.id } }),
    },
  );
  return (
    <Loaded query={checks} rows={3}>
      {({ is_ready, audience }) => {
        const count = audience?.sendable ?? 0;
        if (!is_ready)
          return (
            <Alert color="red" icon={<Icon name="alert" />}>
              <Group>
                {t('builder.notReady')}
                <Button size="xs" variant="light" color="red" onClick={() => goTo('checks')}>
                  {t('builder.fix')}
                </Button>
              </Group>
            </Alert>
          );
        const isSure = latinDigits(typed).replace(/[^\d]/g, '') === String(count);
        const isPossible = timing.kind === 'now' || (timing.kind === 'at' && timing.at.getTime() > Date.now());
        const submit = (event: FormEvent) => {
          event.preventDefault();
          if (isSure && isPossible) go.mutate(undefined);
        };
        return (
          <form onSubmit={submit}>
            <Card withBorder maw={620}>
              <Stack>
                <Text fw={650} size="lg">
                  {t('builder.reviewTitle')}
                </Text>
                <Table withRowBorders={false} verticalSpacing={4}>
                  <Table.Tbody>
                    <Row label={t('campaigns.recipients')}>{format.number(count)}</Row>
                    <Row label={t('report.from')}>
                      <Written>{campaign.from_name}</Written> <Ltr>{campaign.from_email}</Ltr>
                    </Row>
                    <Row label={t('builder.goesOut')}>
                      {timing.kind === 'now'
                        ? t('builder.now')
                        : timing.kind === 'at'
                          ? format.dateTime(timing.at)
                          : t('builder.timeInvalid')}
                    </Row>
                  </Table.Tbody>
                </Table>
                <TextInput
                  label={t('builder.typeNumber', { n: format.number(count) })}
                  inputMode="numeric"
                  autoComplete="off"
                  data-testid="confirm"
                  styles={{ input: { direction: 'ltr' } }}
                  value={typed}
                  onChange={(event) => setTyped(event.currentTarget.value)}
                />
                {go.isError && <ErrorPanel error={go.error} />}
                <Button
                  type="submit"
                  loading={go.isPending}
                  disabled={!isSure || !isPossible}
                  leftSection={<Icon name="send" size={16} />}
                  data-testid="send"
                >
                  {timing.kind === 'at' ? t('builder.scheduleIt') : t('builder.sendNow')}
                </Button>
              </Stack>
            </Card>
          </form>
        );
      }}
    </Loaded>
  );
}

function Row({ label, children }: { readonly label: string; readonly children: React.ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th fw={400} c="dimmed" w={160}>
        {label}
      </Table.Th>
      <Table.Td>{children}</Table.Td>
    </Table.Tr>
  );
}
