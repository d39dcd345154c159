// Runs before the first paint: language, direction and colours as they were last chosen.
(() => {
  const stored = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const language = stored('chapar.language') ?? (/^(fa|ckb|ps)\b/.test(navigator.language) ? 'fa' : 'en');
  const scheme = stored('mantine-color-scheme-value') ?? 'auto';
  const isDark = scheme === 'dark' || (scheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  const root = document.documentElement;
  root.lang = language;
  root.dir = language === 'fa' ? 'rtl' : 'ltr';
  root.dataset.mantineColorScheme = isDark ? 'dark' : 'light';
  root.style.background = isDark ? '#1a1b1e' : '#fff';
})();
