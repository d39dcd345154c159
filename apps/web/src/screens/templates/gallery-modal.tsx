import { Button, Card, Group, Modal, SegmentedControl, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { usePreferences } from '../../i18n/preferences';
import { useAction } from '../../ui/actions';
import { Loaded } from '../../ui/states';

interface GalleryProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onMade: (id: string) => void;
}

/** The shipped templates; the language of the mail is not that of who makes it. */
export function GalleryModal({ opened, onClose, onMade }: GalleryProps) {
  const { t } = useTranslation();
  const preferences = usePreferences();
  const [language, setLanguage] = useState(preferences.language);
  const [search, setSearch] = useState('');
  const gallery = useQuery({
    queryKey: ['gallery'],
    queryFn: () => unwrap(api.GET('/v1/templates/gallery')),
    enabled: opened,
    staleTime: Infinity,
  });
  const make = useAction((key: string) => unwrap(api.POST('/v1/templates/from-gallery', { body: { key, language } })), {
    refresh: [['templates']],
    onDone: ({ id }) => onMade(id),
  });
  const wanted = search.trim().toLocaleLowerCase();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="xl"
      title={t('templates.gallery')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <Group>
          <TextInput
            aria-label={t('common.search')}
            placeholder={t('common.search')}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            style={{ flex: 1 }}
            data-autofocus
          />
          <SegmentedControl
            aria-label={t('templates.mailLanguage')}
            value={language}
            onChange={(value) => setLanguage(value as typeof language)}
            data={[
              { value: 'en', label: 'English' },
              { value: 'fa', label: 'فارسی' },
            ]}
          />
        </Group>
        <Loaded query={gallery}>
          {({ data }) => (
            <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
              {data
                .filter((one) =>
                  `${one.name.en} ${one.name.fa} ${one.description.en} ${one.description.fa}`.toLocaleLowerCase().includes(wanted),
                )
                .map((one) => (
                  <Card key={one.key} withBorder padding="sm" data-testid={`gallery-${one.key}`}>
                    <Stack gap="xs" h="100%" justify="space-between">
                      <div>
                        <Text fw={600}>{one.name[preferences.language]}</Text>
                        <Text size="sm" c="dimmed">
                          {one.description[preferences.language]}
                        </Text>
                      </div>
                      <Button
                        size="xs"
                        variant="light"
                        loading={make.isPending && make.variables === one.key}
                        aria-label={`${t('templates.use')}: ${one.name[preferences.language]}`}
                        onClick={() => make.mutate(one.key)}
                      >
                        {t('templates.use')}
                      </Button>
                    </Stack>
                  </Card>
                ))}
            </SimpleGrid>
          )}
        </Loaded>
      </Stack>
    </Modal>
  );
}
