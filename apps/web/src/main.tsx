import '@fontsource-variable/vazirmatn/wght.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './styles.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { startI18n } from './i18n';

// After an update the files of an old page are gone: take the new page, once.
addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem('chapar.reloaded') ?? 0);
  if (Date.now() - last < 60_000) return;
  sessionStorage.setItem('chapar.reloaded', String(Date.now()));
  event.preventDefault();
  location.reload();
});

await startI18n();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
