import { Alert, Box, Button, Card, Group, Modal, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../api/client';
import { Icon } from '../ui/icons';
import { useErrorText } from '../ui/states';
import { Written } from '../ui/text';
import { LanguageButton, SchemeButton } from './switches';

interface SignInProps {
  readonly email?: string;
  readonly onSignedIn: () => void | Promise<void>;
}

function SignInForm({ email: known = '', onSignedIn }: SignInProps) {
  const { t } = useTranslation();
  const textOf = useErrorText();
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const passwordField = useRef<HTMLInputElement>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await unwrap(api.POST('/v1/session', { body: { email, password } }));
      await onSignedIn();
    } catch (problem) {
      setError(problem);
      passwordField.current?.focus();
      passwordField.current?.select();
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        {error !== undefined && (
          <Alert color="red" icon={<Icon name="alert" />} role="alert" data-testid="sign-in-error">
            <Written>{textOf(error)}</Written>
          </Alert>
        )}
        <TextInput
          label={t('signIn.email')}
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus={known === ''}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          styles={{ input: { direction: 'ltr' } }}
        />
        <PasswordInput
          label={t('signIn.password')}
          name="password"
          autoComplete="current-password"
          required
          ref={passwordField}
          autoFocus={known !== ''}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          styles={{ innerInput: { direction: 'ltr' } }}
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
        />
        <Button type="submit" loading={isBusy}>
          {t('signIn.submit')}
        </Button>
      </Stack>
    </form>
  );
}

export function SignInPage(props: SignInProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${t('signIn.title')} · Chapar`;
  }, [t]);
  return (
    <Box component="main" mih="100dvh" p="md" style={{ display: 'grid', placeItems: 'center' }}>
      <Stack w="100%" maw={380}>
        <Group justify="space-between">
          <Group gap="xs">
            <img src="/assets/icon.svg" alt="" width={36} height={36} />
            <Text fw={700} size="xl">
              {t('common.product')}
            </Text>
          </Group>
          <Group gap={4}>
            <LanguageButton />
            <SchemeButton />
          </Group>
        </Group>
        <Card withBorder padding="lg" radius="lg">
          <Stack>
            <Title order={1} size="h3">
              {t('signIn.title')}
            </Title>
            <SignInForm {...props} />
            <Text size="xs" c="dimmed">
              {t('signIn.firstTime')}
            </Text>
          </Stack>
        </Card>
      </Stack>
    </Box>
  );
}

/** Over the page, so that nothing that was typed is lost. */
export function SignInAgain({ opened, ...props }: SignInProps & { readonly opened: boolean }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={() => undefined} withCloseButton={false} title={t('signIn.again')} closeOnEscape={false} zIndex={500}>
      <Stack>
        <Text size="sm">{t('signIn.expired')}</Text>
        <SignInForm {...props} />
      </Stack>
    </Modal>
  );
}
