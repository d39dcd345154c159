import {
  type CSSVariablesResolver,
  DirectionProvider,
  MantineProvider,
  type MantineThemeOverride,
  createTheme,
  useDirection,
} from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from './api/client';
import { directionOf } from './i18n';
import { PreferencesProvider } from './i18n/preferences';
import { router } from './router';

const FONTS = "'Vazirmatn Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/** What the kit's own buttons say to those who hear the page. */
function themeIn(close: string) {
  return createTheme({
    ...look,
    components: {
      ...look.components,
      Modal: { defaultProps: { centered: true, closeButtonProps: { 'aria-label': close } } },
      Notification: { defaultProps: { closeButtonProps: { 'aria-label': close } } },
    },
  });
}

const look: MantineThemeOverride = {
  primaryColor: 'teal',
  primaryShade: 9,
  fontFamily: FONTS,
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontFamily: FONTS, fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300 } },
  },
};

/** The kit's light texts are too pale for WCAG AA on its own backgrounds. */
const readable: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#585f66',
    '--mantine-color-placeholder': '#6b7278',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-teal-light-color': '#07563f',
    '--mantine-color-orange-light-color': '#8a3c00',
    '--mantine-color-red-light-color': '#a51111',
    '--mantine-color-blue-light-color': '#134a80',
    '--mantine-color-gray-light-color': '#3b4046',
    '--mantine-color-anchor': '#076b4d',
    '--mantine-color-red-text': '#b42121',
  },
  dark: {
    '--mantine-color-dimmed': '#a9abb0',
    '--mantine-color-placeholder': '#a0a2a7',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-anchor': '#63e6be',
    '--mantine-color-red-text': '#ff8787',
  },
});

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What is refused stays refused; what nobody answered may be answered the next time.
      retry: (count, error) => count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
    },
  },
});

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';
// Where the package that stops pages from scrolling behind windows looks for it.
Object.assign(globalThis, { __webpack_nonce__: nonce });

export function App() {
  const { t } = useTranslation();
  const close = t('common.close');
  const theme = useMemo(() => themeIn(close), [close]);
  return (
    <DirectionProvider initialDirection={directionOf(document.documentElement.lang)} detectDirection={false}>
      <MantineProvider theme={theme} defaultColorScheme="auto" cssVariablesResolver={readable} getStyleNonce={() => nonce}>
        <FollowLanguage />
        <Notifications position="bottom-right" limit={4} />
        <QueryClientProvider client={client}>
          <PreferencesProvider>
            <RouterProvider router={router} />
          </PreferencesProvider>
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  );
}

function FollowLanguage() {
  const { i18n } = useTranslation();
  const { setDirection } = useDirection();
  useEffect(() => setDirection(directionOf(i18n.language)), [i18n.language, setDirection]);
  return null;
}
