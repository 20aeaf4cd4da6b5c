// Runs before the first paint and before any module.
// Parsers must be interpreted, because the content policy forbids generated code; a schema decides
// that when it is made, which can be before the first line of our own modules.
globalThis.__zod_globalConfig = { jitless: true };
try {
  const theme = JSON.parse(localStorage.getItem('akios.prefs') ?? '{}').theme;
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Unreadable preferences: the theme follows the system.
  document.documentElement.removeAttribute('data-theme');
}
