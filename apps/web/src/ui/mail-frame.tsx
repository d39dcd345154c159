import { Box, Group, SegmentedControl, Switch, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

interface MailFrameProps {
  readonly html: string;
  /** What is shown is not what was typed last. */
  readonly isStale?: boolean;
  readonly height?: number | string;
}

const widths = { desktop: '100%', phone: 375 } as const;

/** A mail as its reader would see it, in a frame without rights: see the policy of /preview. Pictures load when asked for. */
export function MailFrame({ html, isStale = false, height = 560 }: MailFrameProps) {
  const { t } = useTranslation();
  const [width, setWidth] = useState<keyof typeof widths>('desktop');
  const [isDark, setDark] = useState(false);
  const [hasPictures, setPictures] = useState(false);
  const frame = useRef<HTMLIFrameElement>(null);
  const isReady = useRef(false);
  const src = `/preview?${hasPictures ? 'pictures=yes&' : ''}dark=${isDark}`;

  useEffect(() => {
    const show = () => frame.current?.contentWindow?.postMessage({ html, isDark }, '*');
    const onMessage = (event: MessageEvent) => {
      if (event.source !== frame.current?.contentWindow || !(event.data as { ready?: boolean }).ready) return;
      isReady.current = true;
      show();
    };
    addEventListener('message', onMessage);
    if (isReady.current) show();
    return () => removeEventListener('message', onMessage);
  }, [html, isDark]);
  // A new document has to say that it is there before mail is handed to it.
  useEffect(() => {
    isReady.current = false;
  }, [src]);

  return (
    <Box>
      <Group justify="space-between" mb="xs" gap="xs">
        <SegmentedControl
          size="xs"
          aria-label={t('preview.width')}
          value={width}
          onChange={(value) => setWidth(value as keyof typeof widths)}
          data={[
            { value: 'desktop', label: t('preview.desktop') },
            { value: 'phone', label: t('preview.phone') },
          ]}
        />
        <Group gap="md">
          <Switch size="xs" label={t('preview.dark')} checked={isDark} onChange={(event) => setDark(event.currentTarget.checked)} />
          <Switch
            size="xs"
            label={t('preview.pictures')}
            checked={hasPictures}
            onChange={(event) => setPictures(event.currentTarget.checked)}
          />
        </Group>
      </Group>
      <Box
        style={{
          border: '1px solid var(--mantine-color-default-border)',
          borderRadius: 'var(--mantine-radius-md)',
          overflow: 'hidden',
          opacity: isStale ? 0.55 : 1,
          background: isDark ? '#121212' : '#fff',
        }}
      >
        <iframe
          key={src}
          ref={frame}
          src={src}
          title={t('preview.title')}
          sandbox="allow-scripts"
          referrerPolicy="no-referrer"
          style={{
            display: 'block',
            width: widths[width],
            maxWidth: '100%',
            height,
            border: 0,
            marginInline: 'auto',
            colorScheme: isDark ? 'dark' : 'light',
          }}
        />
      </Box>
      {isStale && (
        <Text size="xs" c="dimmed" mt={4}>
          {t('preview.stale')}
        </Text>
      )}
    </Box>
  );
}
