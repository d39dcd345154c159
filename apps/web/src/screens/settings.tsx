import { Group, SegmentedControl, Stack, Switch, Table, Text, useMantineColorScheme } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { remember } from '../i18n';
import { useFormat } from '../i18n/format';
import { usePreferences } from '../i18n/preferences';
import { useSession } from '../shell/session';
import { areShortcutsOn } from '../shell/shortcuts';
import { Section } from '../ui/figures';
import { Page } from '../ui/page';
import { Ltr, Written } from '../ui/text';

const NOW = new Date();

/** How this browser shows things, and who is signed in. */
export function Settings() {
  const { t } = useTranslation();
  const format = useFormat();
  const { email, name, role, workspace } = useSession();
  const preferences = usePreferences();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [hasShortcuts, setShortcuts] = useState(areShortcutsOn);
  const roles = { owner: t('settings.role.owner'), admin: t('settings.role.admin'), member: t('settings.role.member') };
  return (
    <Page title={t('nav.settings')} lead={t('settings.lead')}>
      <Section title={t('settings.look')}>
        <Stack gap="md" maw={640}>
          <Choice label={t('settings.language')}>
            <SegmentedControl
              aria-label={t('settings.language')}
              value={preferences.language}
              onChange={(value) => preferences.setLanguage(value as typeof preferences.language)}
              data={[
                { value: 'en', label: 'English' },
                { value: 'fa', label: 'فارسی' },
              ]}
            />
          </Choice>
          <Choice label={t('settings.calendar')} example={format.day(NOW)}>
            <SegmentedControl
              aria-label={t('settings.calendar')}
              value={preferences.calendar}
              onChange={(value) => preferences.setCalendar(value as typeof preferences.calendar)}
              data={[
                { value: 'auto', label: t('settings.auto') },
                { value: 'persian', label: t('settings.persian') },
                { value: 'gregory', label: t('settings.gregorian') },
              ]}
            />
          </Choice>
          <Choice label={t('settings.digits')} example={format.number(1234567)}>
            <SegmentedControl
              aria-label={t('settings.digits')}
              value={preferences.digits}
              onChange={(value) => preferences.setDigits(value as typeof preferences.digits)}
              data={[
                { value: 'auto', label: t('settings.auto') },
                { value: 'persian', label: '۱۲۳' },
                { value: 'latin', label: '123' },
              ]}
            />
          </Choice>
          <Choice label={t('settings.colours')}>
            <SegmentedControl
              aria-label={t('settings.colours')}
              value={colorScheme}
              onChange={(value) => setColorScheme(value as typeof colorScheme)}
              data={[
                { value: 'auto', label: t('settings.auto') },
                { value: 'light', label: t('settings.light') },
                { value: 'dark', label: t('settings.dark') },
              ]}
            />
          </Choice>
          <Switch
            label={t('settings.shortcuts')}
            description={t('settings.shortcutsHelp')}
            checked={hasShortcuts}
            onChange={(event) => {
              setShortcuts(event.currentTarget.checked);
              remember('chapar.shortcuts', event.currentTarget.checked ? 'on' : 'off');
            }}
          />
        </Stack>
      </Section>
      <Section title={t('shell.account')}>
        <Table maw={560} withRowBorders={false} verticalSpacing={4}>
          <Table.Tbody>
            {(
              [
                [t('signIn.email'), <Ltr>{email}</Ltr>],
                [t('common.name'), <Written>{name || '–'}</Written>],
                [t('settings.roleTitle'), role in roles ? roles[role as keyof typeof roles] : role],
                [t('settings.workspace'), <Written>{workspace}</Written>],
                [t('settings.zone'), <Ltr>{Intl.DateTimeFormat().resolvedOptions().timeZone}</Ltr>],
              ] as [string, ReactNode][]
            ).map(([label, value]) => (
              <Table.Tr key={label}>
                <Table.Th fw={400} c="dimmed" w={180}>
                  {label}
                </Table.Th>
                <Table.Td>{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Section>
    </Page>
  );
}

function Choice({ label, example, children }: { readonly label: string; readonly example?: string; readonly children: ReactNode }) {
  return (
    <Group justify="space-between" gap="sm">
      <div>
        <Text fw={500}>{label}</Text>
        {example && (
          <Text size="sm" c="dimmed">
            {example}
          </Text>
        )}
      </div>
      {children}
    </Group>
  );
}
