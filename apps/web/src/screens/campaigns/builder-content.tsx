import { Button, Group, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { ButtonLink } from '../../ui/links';
import { MailFrame } from '../../ui/mail-frame';
import { ErrorPanel } from '../../ui/states';
import { Written } from '../../ui/text';
import { GalleryModal } from '../templates/gallery-modal';
import type { StepProps } from './builder';

/** From whom, and what. */
export function ContentStep({ campaign, change }: StepProps) {
  const { t } = useTranslation();
  const [isGalleryOpen, setGalleryOpen] = useState(false);
  const templates = useQuery({ queryKey: ['templates'], queryFn: () => unwrap(api.GET('/v1/templates')) });
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
      <Stack>
        <TextInput
          label={t('builder.fromName')}
          dir="auto"
          maxLength={200}
          value={campaign.from_name}
          onChange={(event) => change({ fromName: event.currentTarget.value })}
        />
        <TextInput
          label={t('builder.fromEmail')}
          description={t('builder.fromEmailHelp')}
          type="email"
          required
          styles={{ input: { direction: 'ltr' } }}
          value={campaign.from_email}
          onChange={(event) => change({ fromEmail: event.currentTarget.value })}
        />
        <TextInput
          label={t('builder.replyTo')}
          description={t('builder.replyToHelp')}
          type="email"
          styles={{ input: { direction: 'ltr' } }}
          value={campaign.reply_to ?? ''}
          onChange={(event) => change({ replyTo: event.currentTarget.value })}
        />
        <Select
          label={t('builder.template')}
          placeholder={t('builder.choose')}
          data={(templates.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          searchable
          value={campaign.template_id}
          onChange={(templateId) => templateId !== null && change({ templateId })}
        />
        <Group>
          <Button variant="default" onClick={() => setGalleryOpen(true)}>
            {t('builder.fromGallery')}
          </Button>
          {campaign.template_id && (
            <ButtonLink variant="default" to="/templates/$id" params={{ id: campaign.template_id }}>
              {t('builder.editTemplate')}
            </ButtonLink>
          )}
        </Group>
      </Stack>
      <TemplatePreview templateId={campaign.template_id} />
      <GalleryModal
        opened={isGalleryOpen}
        onClose={() => setGalleryOpen(false)}
        onMade={(id) => {
          setGalleryOpen(false);
          void templates.refetch();
          change({ templateId: id });
        }}
      />
    </SimpleGrid>
  );
}

/** A template as one contact would get it. */
export function TemplatePreview({ templateId, contact }: { readonly templateId: string | null; readonly contact?: string | undefined }) {
  const { t } = useTranslation();
  const template = useQuery({
    queryKey: ['template', templateId],
    queryFn: () => unwrap(api.GET('/v1/templates/{id}', { params: { path: { id: templateId! } } })),
    enabled: templateId !== null,
  });
  const preview = useQuery({
    queryKey: ['template', templateId, 'preview', template.data?.version, contact],
    queryFn: () => {
      const { subject, preheader, source, text_source: textSource, language, direction } = template.data!;
      return unwrap(
        api.POST('/v1/templates/preview', {
          body: {
            subject,
            preheader,
            source,
            textSource,
            language,
            direction,
            missingValues: 'empty',
            ...(contact && { contact }),
          } as never,
        }),
      );
    },
    enabled: template.data !== undefined,
    placeholderData: keepPreviousData,
  });
  if (templateId === null) return <Text c="dimmed">{t('builder.noTemplate')}</Text>;
  const error = template.error ?? preview.error;
  return (
    <Stack gap="xs">
      {error && <ErrorPanel error={error} />}
      {preview.data && (
        <>
          <div>
            <Text fw={650}>
              <Written>{preview.data.subject}</Written>
            </Text>
            <Text size="sm" c="dimmed">
              <Written>{preview.data.preheader}</Written>
            </Text>
          </div>
          <MailFrame html={preview.data.html} isStale={preview.isPlaceholderData} />
        </>
      )}
    </Stack>
  );
}
