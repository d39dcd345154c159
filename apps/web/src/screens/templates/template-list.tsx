import { Badge, Button, Card, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { useAction } from '../../ui/actions';
import { Icon } from '../../ui/icons';
import { TextLink } from '../../ui/links';
import { Page } from '../../ui/page';
import { Empty, Loaded } from '../../ui/states';
import { Ltr, Moment, Written } from '../../ui/text';
import { usePreferences } from '../../i18n/preferences';
import { GalleryModal } from './gallery-modal';

const BLANK = `<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text>{{#if first_name}}{{first_name}}{{/if}}</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`;

export function TemplateList() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { language } = usePreferences();
  const [isOpen, setOpen] = useState(false);
  const query = useQuery({ queryKey: ['templates'], queryFn: () => unwrap(api.GET('/v1/templates')) });
  const goTo = (id: string) => void navigate({ to: '/templates/$id', params: { id } });
  const blank = useAction(
    () =>
      unwrap(
        api.POST('/v1/templates', {
          body: { name: t('templates.untitled'), subject: t('templates.untitled'), source: BLANK, language } as never,
        }),
      ),
    { refresh: [['templates']], onDone: ({ id }) => goTo(id) },
  );
  const fromGallery = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setOpen(true)} data-testid="open-gallery">
      {t('templates.fromGallery')}
    </Button>
  );
  return (
    <Page
      title={t('nav.templates')}
      actions={
        <>
          <Button variant="default" loading={blank.isPending} onClick={() => blank.mutate(undefined)}>
            {t('templates.blank')}
          </Button>
          {fromGallery}
        </>
      }
    >
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon="template" title={t('templates.empty')} action={fromGallery}>
              {t('templates.emptyHelp')}
            </Empty>
          ) : (
            <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
              {data.map((one) => (
                <Card key={one.id} withBorder padding="sm">
                  <Stack gap={4}>
                    <Group justify="space-between" wrap="nowrap" align="flex-start">
                      <TextLink to="/templates/$id" params={{ id: one.id }} fw={600}>
                        <Written>{one.name}</Written>
                      </TextLink>
                      <Badge variant="default" radius="sm" tt="none" style={{ flexShrink: 0 }}>
                        <Ltr>{one.language}</Ltr>
                      </Badge>
                    </Group>
                    <Text size="sm" c="dimmed" className="two-lines" dir="auto">
                      {one.subject}
                    </Text>
                    <Text size="xs" c="dimmed">
                      <Moment at={one.updated_at} relative />
                    </Text>
                  </Stack>
                </Card>
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
      <GalleryModal opened={isOpen} onClose={() => setOpen(false)} onMade={goTo} />
    </Page>
  );
}
