import { Button, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { useSession } from '../../shell/session';
import { useAction } from '../../ui/actions';
import { ErrorPanel } from '../../ui/states';
import type { StepProps } from './builder';
import { TemplatePreview } from './builder-content';

/** The mail with the values of a real contact, and a test to a few addresses. */
export function TestStep({ campaign }: StepProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { email } = useSession();
  const [to, setTo] = useState(email.includes('.') ? email : '');
  const [contact, setContact] = useState('');
  const [settled] = useDebouncedValue(contact.trim(), 500);
  const addresses = to.split(/[\s,;،]+/).filter((one) => one !== '');
  const test = useAction(
    () =>
      unwrap(
        api.POST('/v1/campaigns/{id}/test', {
          params: { path: { id: campaign.id } },
          body: { to: addresses, ...(settled !== '' && { contact: settled }) },
        }),
      ),
    { isQuiet: true, done: ({ ids }) => t('builder.testSent', { count: ids.length, n: format.number(ids.length) }) },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    test.mutate(undefined);
  };
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('builder.previewAs')}
            description={t('builder.testContact')}
            placeholder={t('builder.previewAsPlaceholder')}
            styles={{ input: { direction: 'ltr' } }}
            value={contact}
            onChange={(event) => setContact(event.currentTarget.value)}
          />
          <TextInput
            label={t('builder.testTo')}
            description={t('builder.testToHelp')}
            required
            styles={{ input: { direction: 'ltr' } }}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
          <Text size="sm" c="dimmed">
            {t('builder.testHelp')}
          </Text>
          {test.isError && <ErrorPanel error={test.error} />}
          <Button type="submit" variant="light" loading={test.isPending} disabled={addresses.length === 0 || addresses.length > 5}>
            {t('builder.testSend')}
          </Button>
        </Stack>
      </form>
      <TemplatePreview templateId={campaign.template_id} {...(settled !== '' && { contact: settled })} />
    </SimpleGrid>
  );
}
