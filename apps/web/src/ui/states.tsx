import { Alert, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';
import { useFormat } from '../i18n/format';
import { Icon, type IconName } from './icons';
import { CopyIcon, Ltr, Written } from './text';

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  /** The next step. */
  readonly action?: ReactNode;
}

export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <Stack align="center" gap="sm" py={48} px="md" ta="center">
      <Text c="dimmed">
        <Icon name={icon} size={36} />
      </Text>
      <Title order={2} size="h4">
        {title}
      </Title>
      {children && (
        <Text c="dimmed" component="div" w="100%" maw={520}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** What an error means in the reader's language where it is one of a kind, and what the server said otherwise. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t('errors.unexpected');
    if (error.status === 0) return t('errors.unreachable');
    if (error.status === 429 && error.code === 'unknown') return t('errors.tooMany');
    if (error.code === 'sign_in_refused') return t('errors.signInRefused');
    return error.message;
  };
}

export function ErrorPanel({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { t } = useTranslation();
  const textOf = useErrorText();
  const known = error instanceof ApiError ? error : undefined;
  const title =
    known?.status === 403
      ? t('errors.noPermission')
      : known?.status === 404
        ? t('errors.notFound')
        : known?.status === 0
          ? t('errors.offline')
          : t('errors.title');
  return (
    <Alert
      color={known?.status === 403 ? 'orange' : 'red'}
      icon={<Icon name={known?.status === 403 ? 'shield' : 'alert'} />}
      title={title}
      role="alert"
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          <Written>{textOf(error)}</Written> {known?.suggestion && <Written>{known.suggestion}</Written>}
        </Text>
        {known?.status === 403 && <Text size="sm">{t('errors.askOwner')}</Text>}
        <Group gap="xs">
          {onRetry && (
            <Button size="xs" variant="light" color="red" onClick={onRetry} leftSection={<Icon name="refresh" size={14} />}>
              {t('common.retry')}
            </Button>
          )}
          {known?.requestId && (
            <Group gap={2}>
              <Text size="xs" c="dimmed">
                {t('errors.requestId')} <Ltr code>{known.requestId}</Ltr>
              </Text>
              <CopyIcon value={known.requestId} label={t('errors.copyRequestId')} />
            </Group>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

export function Loading({ rows = 5, height = 44 }: { readonly rows?: number; readonly height?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: rows }, (_, n) => (
        <Skeleton key={n} height={height} radius="md" />
      ))}
    </Stack>
  );
}

interface LoadedProps<T> {
  readonly query: UseQueryResult<T>;
  readonly rows?: number;
  readonly children: (data: T) => ReactNode;
}

/** One of the four states of whatever is shown: coming, refused, there, or there but not fresh. */
export function Loaded<T>({ query, rows, children }: LoadedProps<T>) {
  const { t } = useTranslation();
  const format = useFormat();
  if (query.data === undefined) {
    if (query.isError) return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />;
    return <Loading rows={rows ?? 5} />;
  }
  return (
    <>
      {query.isError && (
        <Alert color="orange" icon={<Icon name="clock" />} mb="sm" py="xs" role="status">
          {t('errors.stale', { ago: format.ago(new Date(query.dataUpdatedAt)) })}
        </Alert>
      )}
      {children(query.data)}
    </>
  );
}
