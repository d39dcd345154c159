import {
  ActionIcon,
  AppShell,
  Badge,
  Box,
  Burger,
  Button,
  Group,
  Kbd,
  Menu,
  Modal,
  ScrollArea,
  Stack,
  Table,
  Text,
  Tooltip,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useLocation } from '@tanstack/react-router';
import { useCallback, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../api/client';
import { poll } from '../api/polling';
import { Icon } from '../ui/icons';
import { RailLink, TextLink } from '../ui/links';
import { ErrorPanel } from '../ui/states';
import { Ltr } from '../ui/text';
import { Palette } from './palette';
import { groups, places } from './places';
import { SessionProvider, sessionKey, useSession, useSessionState } from './session';
import { useShortcuts } from './shortcuts';
import { SignInAgain, SignInPage } from './sign-in';
import { LanguageButton, SchemeButton } from './switches';

/** Everything behind the sign-in. */
export function Shell() {
  const { query, hasExpired, signedIn } = useSessionState();
  if (query.data === undefined) {
    if (query.isPending) return null;
    if (query.error instanceof Error && 'status' in query.error && query.error.status !== 401)
      return (
        <Box component="main" p="xl" maw={560} mx="auto">
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        </Box>
      );
    return <SignInPage onSignedIn={signedIn} />;
  }
  return (
    <SessionProvider session={query.data}>
      <Frame />
      <SignInAgain opened={hasExpired} email={query.data.email} onSignedIn={signedIn} />
    </SessionProvider>
  );
}

function Frame() {
  const { t } = useTranslation();
  const [isOpen, rail] = useDisclosure(false);
  const [isHelpOpen, help] = useDisclosure(false);
  const { pathname } = useLocation();
  const { close } = rail;
  useEffect(() => close(), [pathname, close]);
  useShortcuts(useCallback(() => help.open(), [help]));
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a href="#content" className="skip-link">
        {t('shell.skip')}
      </a>
      <AppShell.Header>
        <Header isOpen={isOpen} toggle={rail.toggle} />
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Rail />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
      <Palette />
      <Modal opened={isHelpOpen} onClose={help.close} title={t('shell.keys')} closeButtonProps={{ 'aria-label': t('common.close') }}>
        <Keys />
      </Modal>
    </AppShell>
  );
}

function Header({ isOpen, toggle }: { readonly isOpen: boolean; readonly toggle: () => void }) {
  const { t } = useTranslation();
  const status = useQuery({ queryKey: ['status'], queryFn: () => unwrap(api.GET('/v1/status')), refetchInterval: poll(10_000) });
  return (
    <Group h="100%" px="sm" justify="space-between" wrap="nowrap" gap="xs">
      <Group gap="xs" wrap="nowrap">
        <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('shell.menu')} aria-expanded={isOpen} />
        <TextLink to="/" underline="never" c="inherit" aria-label={`${t('common.product')}: ${t('nav.home')}`}>
          <Group gap={8} wrap="nowrap">
            <img src="/assets/icon.svg" alt="" width={28} height={28} />
            <Text fw={700} visibleFrom="xs">
              {t('common.product')}
            </Text>
          </Group>
        </TextLink>
        {status.data?.delivery === 'sandbox' && (
          <Tooltip label={t('shell.sandboxHelp')} multiline w={280}>
            <Badge color="orange" variant="light" radius="sm" tt="none" tabIndex={0} role="note">
              {t('shell.sandbox')}
            </Badge>
          </Tooltip>
        )}
      </Group>
      <Group gap={4} wrap="nowrap">
        <Button
          variant="default"
          size="compact-md"
          fw={400}
          c="dimmed"
          visibleFrom="sm"
          onClick={spotlight.open}
          leftSection={<Icon name="search" size={15} />}
          rightSection={
            <Kbd size="xs" dir="ltr">
              Ctrl K
            </Kbd>
          }
        >
          {t('palette.open')}
        </Button>
        <ActionIcon variant="subtle" color="gray" size="lg" hiddenFrom="sm" onClick={spotlight.open} aria-label={t('palette.open')}>
          <Icon name="search" />
        </ActionIcon>
        <LanguageButton />
        <SchemeButton />
        <UserMenu />
      </Group>
    </Group>
  );
}

function UserMenu() {
  const { t } = useTranslation();
  const { email, workspace } = useSession();
  const client = useQueryClient();
  const signOut = async () => {
    await unwrap(api.DELETE('/v1/session'));
    client.clear();
    await client.resetQueries({ queryKey: sessionKey });
    location.assign('/app/');
  };
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="light" color="gray" size="lg" radius="xl" aria-label={t('shell.account')}>
          <Text size="sm" fw={600} tt="uppercase" aria-hidden="true">
            {email[0]}
          </Text>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Ltr>{email}</Ltr>
          <br />
          {workspace}
        </Menu.Label>
        <Menu.Item component="a" href="/docs" target="_blank" leftSection={<Icon name="code" size={16} />}>
          {t('shell.apiDocs')}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="logout" size={16} />} onClick={() => void signOut()}>
          {t('shell.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Rail() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const isAt = (to: string) => (to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`));
  return (
    <ScrollArea component="nav" type="hover" aria-label={t('shell.navigation')} h="100%">
      {groups.map(({ title, places: names }) => (
        <Box key={title ?? 'top'} mb="xs">
          {title && (
            <Text size="xs" c="dimmed" fw={600} px="sm" pb={2} pt={4}>
              {t(`nav.groups.${title}`)}
            </Text>
          )}
          {names.map((name) => {
            const { to, icon } = places.find(({ text }) => text === name)!;
            return (
              <RailLink
                key={to}
                to={to}
                label={t(`nav.${name}`)}
                leftSection={<Icon name={icon} />}
                active={isAt(to)}
                aria-current={isAt(to) ? 'page' : undefined}
                py={6}
                style={{ borderRadius: 'var(--mantine-radius-md)' }}
              />
            );
          })}
        </Box>
      ))}
    </ScrollArea>
  );
}

function Keys() {
  const { t } = useTranslation();
  const rows = [
    ['Ctrl K', t('palette.open')],
    ['C', t('campaigns.create')],
    ['?', t('shell.keys')],
    ...places
      .filter(({ key }) => key !== undefined)
      .map(({ key, text }) => [`G ${key!.replace('Key', '').replace('Comma', ',')}`, t(`nav.${text}`)]),
  ];
  return (
    <Stack>
      <Table>
        <Table.Tbody>
          {rows.map(([keys, what]) => (
            <Table.Tr key={keys}>
              <Table.Td>{what}</Table.Td>
              <Table.Td ta="end">
                <Kbd dir="ltr">{keys}</Kbd>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
