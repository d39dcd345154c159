import { Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../api/client';
import { usePreferences } from '../i18n/preferences';
import { Icon } from '../ui/icons';
import { places } from './places';

/** Ctrl K: every place, what can be begun, and the newest campaigns. */
export function Palette() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { language, setLanguage } = usePreferences();
  const campaigns = useQuery({ queryKey: ['campaigns'], queryFn: () => unwrap(api.GET('/v1/campaigns')), enabled: false });
  const go: SpotlightActionData[] = places.map(({ to, text, icon }) => ({
    id: to,
    label: t(`nav.${text}`),
    keywords: [text, to],
    leftSection: <Icon name={icon} />,
    onClick: () => void navigate({ to }),
  }));
  const actions: SpotlightActionData[] = [
    {
      id: 'create-campaign',
      label: t('campaigns.create'),
      leftSection: <Icon name="plus" />,
      onClick: () => void navigate({ to: '/campaigns', search: { create: true } }),
    },
    { id: 'import', label: t('imports.start'), leftSection: <Icon name="upload" />, onClick: () => void navigate({ to: '/imports/new' }) },
    {
      id: 'language',
      label: language === 'fa' ? 'English' : 'فارسی',
      keywords: ['language', 'زبان'],
      leftSection: <Icon name="language" />,
      onClick: () => setLanguage(language === 'fa' ? 'en' : 'fa'),
    },
  ];
  const recent: SpotlightActionData[] = (campaigns.data?.data ?? []).slice(0, 6).map(({ id, name, status }) => ({
    id,
    label: name,
    description: t(`campaigns.status.${status}`),
    leftSection: <Icon name="send" />,
    onClick: () => void navigate({ to: '/campaigns/$id', params: { id } }),
  }));
  return (
    <Spotlight
      actions={[
        { group: t('palette.do'), actions },
        { group: t('palette.go'), actions: go },
        ...(recent.length > 0 ? [{ group: t('nav.campaigns'), actions: recent }] : []),
      ]}
      shortcut={['mod + K']}
      nothingFound={t('palette.nothing')}
      highlightQuery
      scrollable
      maxHeight={420}
      searchProps={{ leftSection: <Icon name="search" />, placeholder: t('palette.placeholder'), 'aria-label': t('palette.placeholder') }}
    />
  );
}
