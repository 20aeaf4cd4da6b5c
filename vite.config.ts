import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('renderer'),
  publicDir: here('renderer/public'),
  // The same bundle is served from a loopback origin and from the shell's own scheme.
  base: './',
  plugins: [react()],
  build: {
    outDir: here('dist/renderer'),
    emptyOutDir: true,
    target: 'chrome138',
    // The policy allows fonts and pictures of our own origin only, so nothing becomes a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 1024,
  },
  worker: { format: 'es' },
});
