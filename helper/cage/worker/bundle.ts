import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/**
 * Writes the program that runs inside the cage as one file, so that the cage needs no package
 * folder. Used by the build and by tests, never by the running helper.
 */
export async function bundleWorker(outFile: string): Promise<void> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL('./inside/main.ts', import.meta.url)),
    platform: 'node',
    // Native drawing is never needed for text, and the cage has no package folder to load it from.
    external: ['@napi-rs/canvas'],
    logLevel: 'silent',
  });
  try {
    await bundle.write({ file: outFile, format: 'esm', minify: false, codeSplitting: false });
  } finally {
    await bundle.close();
  }
}
