import { Button, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { useAction } from '../../ui/actions';
import { Icon } from '../../ui/icons';
import { ErrorPanel } from '../../ui/states';
import { Ltr } from '../../ui/text';

export type Scope = 'workspace' | 'instance';
interface HandsProps {
  readonly scope: Scope;
  readonly selection: { readonly site?: string; readonly everything?: boolean };
  /** What is selected, for people. */
  readonly name: string;
}
const refresh = [['queue'], ['status']];

/** What may be done to waiting mail. Suspending is taken back by resuming; bouncing is for good and asks for a word. */
export function QueueHands({ scope, selection, name }: HandsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isBouncing, setBouncing] = useState(false);
  const body = { scope, ...selection };
  const changed = ({ changed: count }: { changed: number }) => t('queue.changed', { count, n: format.number(count) });
  const suspend = useAction(() => unwrap(api.POST('/v1/queue/suspend', { body: { ...body, reason: '' } })), { refresh, done: changed });
  const resume = useAction(() => unwrap(api.POST('/v1/queue/resume', { body })), { refresh, done: changed });
  const retry = useAction(() => unwrap(api.POST('/v1/queue/retry', { body })), { refresh, done: changed });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<Icon name="dots" size={16} />}>
            {t('common.actions')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{name}</Menu.Label>
          <Menu.Item leftSection={<Icon name="pause" size={16} />} onClick={() => suspend.mutate(undefined)}>
            {t('queue.suspend')}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="play" size={16} />} onClick={() => resume.mutate(undefined)}>
            {t('queue.resume')}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="refresh" size={16} />} onClick={() => retry.mutate(undefined)}>
            {t('queue.retry')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<Icon name="circleX" size={16} />} onClick={() => setBouncing(true)}>
            {t('queue.bounce')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={isBouncing}
        onClose={() => setBouncing(false)}
        title={t('queue.bounce')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <BounceForm body={body} name={name} onDone={() => setBouncing(false)} />
      </Modal>
    </>
  );
}

interface BounceProps {
  readonly body: { readonly scope: Scope; readonly site?: string; readonly everything?: boolean };
  readonly name: string;
  readonly onDone: () => void;
}

function BounceForm({ body, name, onDone }: BounceProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [reason, setReason] = useState('');
  const [word, setWord] = useState('');
  const bounce = useAction(() => unwrap(api.POST('/v1/queue/bounce', { body: { ...body, reason } })), {
    isQuiet: true,
    refresh,
    done: ({ changed: count }) => t('queue.changed', { count, n: format.number(count) }),
    onDone,
  });
  const wanted = t('queue.bounceWord');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (word.trim() === wanted) bounce.mutate(undefined);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          {t('queue.bounceHelp')} <Ltr>{name}</Ltr>
        </Text>
        {bounce.isError && <ErrorPanel error={bounce.error} />}
        <TextInput
          label={t('queue.reason')}
          dir="auto"
          maxLength={400}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <TextInput
          label={t('queue.typeWord', { word: wanted })}
          autoComplete="off"
          value={word}
          onChange={(event) => setWord(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button type="submit" color="red" loading={bounce.isPending} disabled={word.trim() !== wanted}>
            {t('queue.bounce')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
