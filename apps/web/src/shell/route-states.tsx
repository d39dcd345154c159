import type { ErrorComponentProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../ui/links';
import { Empty, ErrorPanel } from '../ui/states';

export function RouteError({ error, reset }: ErrorComponentProps) {
  return <ErrorPanel error={error} onRetry={reset} />;
}

export function RouteMissing() {
  const { t } = useTranslation();
  return (
    <Empty icon="search" title={t('errors.pageMissing')} action={<ButtonLink to="/">{t('nav.home')}</ButtonLink>}>
      {t('errors.pageMissingHelp')}
    </Empty>
  );
}
