import { Button, Menu, ActionIcon } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { useAction } from '../../ui/actions';
import { Icon } from '../../ui/icons';
import { ButtonLink } from '../../ui/links';
import { type Campaign, isDraft } from './campaign-data';

const UNDO_MS = 10_000;

/** What can be done with a campaign in the state that it is in. */
export function CampaignActions({ campaign }: { readonly campaign: Campaign }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id, status } = campaign;
  const path = { params: { path: { id } } };
  const refresh = [['campaigns'], ['campaign', id]];
  const pause = useAction(() => unwrap(api.POST('/v1/campaigns/{id}/pause', path)), { refresh });
  const resume = useAction(() => unwrap(api.POST('/v1/campaigns/{id}/resume', path)), { refresh });
  const unschedule = useAction(() => unwrap(api.POST('/v1/campaigns/{id}/unschedule', path)), {
    refresh,
    done: t('campaigns.unscheduled'),
  });
  const cancel = useAction(() => unwrap(api.POST('/v1/campaigns/{id}/cancel', path)), { refresh, done: t('campaigns.cancelled') });
  const remove = useAction(() => unwrap(api.DELETE('/v1/campaigns/{id}', path)), {
    refresh: [['campaigns']],
    done: t('campaigns.deleted'),
    onDone: () => void navigate({ to: '/campaigns' }),
  });
  const duplicate = useAction(
    () =>
      unwrap(
        api.POST('/v1/campaigns', {
          body: {
            name: t('campaigns.copyOf', { name: campaign.name }).slice(0, 200),
            fromName: campaign.from_name,
            fromEmail: campaign.from_email,
            replyTo: campaign.reply_to ?? '',
            templateId: campaign.template_id,
            audience: campaign.audience,
          },
        }),
      ),
    { refresh: [['campaigns']], onDone: (copy) => void navigate({ to: '/campaigns/$id/edit', params: { id: copy.id } }) },
  );
  const cancelWithUndo = useCancelWithUndo({
    wasPaused: status === 'paused',
    pause: () => pause.mutateAsync(undefined),
    resume: () => resume.mutateAsync(undefined),
    cancel: () => cancel.mutate(undefined),
  });
  return (
    <>
      {isDraft(status) && (
        <ButtonLink to="/campaigns/$id/edit" params={{ id }} leftSection={<Icon name="send" size={16} />}>
          {t('campaigns.edit')}
        </ButtonLink>
      )}
      {status === 'sending' && (
        <Button
          variant="default"
          leftSection={<Icon name="pause" size={16} />}
          loading={pause.isPending}
          onClick={() =>
            pause.mutate(undefined, { onSuccess: () => notifications.show({ message: t('campaigns.paused'), color: 'orange' }) })
          }
        >
          {t('campaigns.pause')}
        </Button>
      )}
      {status === 'paused' && (
        <Button
          leftSection={<Icon name="play" size={16} />}
          loading={resume.isPending}
          onClick={() =>
            resume.mutate(undefined, { onSuccess: () => notifications.show({ message: t('campaigns.resumed'), color: 'teal' }) })
          }
        >
          {t('campaigns.resume')}
        </Button>
      )}
      {status === 'scheduled' && (
        <Button variant="default" loading={unschedule.isPending} onClick={() => unschedule.mutate(undefined)}>
          {t('campaigns.unschedule')}
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={t('common.moreActions')}>
            <Icon name="dots" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Icon name="copy" size={16} />} onClick={() => duplicate.mutate(undefined)}>
            {t('campaigns.duplicate')}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="download" size={16} />} onClick={() => print()}>
            {t('common.print')}
          </Menu.Item>
          {(status === 'sending' || status === 'paused') && (
            <Menu.Item color="red" leftSection={<Icon name="circleX" size={16} />} onClick={() => void cancelWithUndo()}>
              {t('campaigns.cancel')}
            </Menu.Item>
          )}
          {(isDraft(status) || status === 'cancelled') && (
            <Menu.Item color="red" leftSection={<Icon name="trash" size={16} />} onClick={() => remove.mutate(undefined)}>
              {t('campaigns.delete')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

interface Cancelling {
  readonly wasPaused: boolean;
  readonly pause: () => Promise<unknown>;
  readonly resume: () => Promise<unknown>;
  readonly cancel: () => void;
}

/** Cancelling is for good, so it begins as a pause that can be taken back. A page that is closed meanwhile leaves it paused. */
function useCancelWithUndo({ wasPaused, pause, resume, cancel }: Cancelling) {
  const { t } = useTranslation();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  return async () => {
    clearTimeout(timer.current);
    if (!wasPaused) await pause();
    const id = notifications.show({
      color: 'orange',
      autoClose: UNDO_MS,
      withCloseButton: false,
      message: (
        <>
          {t('campaigns.cancelling')}{' '}
          <Button
            size="compact-sm"
            variant="light"
            onClick={() => {
              clearTimeout(timer.current);
              notifications.hide(id);
              if (!wasPaused) void resume();
            }}
          >
            {t('common.undo')}
          </Button>
        </>
      ),
    });
    timer.current = setTimeout(cancel, UNDO_MS);
  };
}
