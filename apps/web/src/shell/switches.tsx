import { ActionIcon, Button, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { languages } from '../i18n';
import { usePreferences } from '../i18n/preferences';
import { Icon } from '../ui/icons';

/** Switches between the two languages; the button is written in the one that it leads to. */
export function LanguageButton() {
  const { language, setLanguage } = usePreferences();
  const other = language === 'fa' ? 'en' : 'fa';
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-md"
      lang={other}
      data-testid="language"
      onClick={() => setLanguage(other)}
      leftSection={<Icon name="language" size={16} />}
    >
      {languages[other]}
    </Button>
  );
}

export function SchemeButton() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const label = scheme === 'dark' ? t('shell.light') : t('shell.dark');
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        <Icon name={scheme === 'dark' ? 'sun' : 'moon'} />
      </ActionIcon>
    </Tooltip>
  );
}
