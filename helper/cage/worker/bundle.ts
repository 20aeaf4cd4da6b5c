import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { rolldown } from 'rolldown';

/** The module `inside/cmaps.ts` with the character maps of the PDF reader in it. */
function packedCmaps(): string {
  const folder = join(
    dirname(fileURLToPath(import.meta.resolve('pdfjs-dist/package.json'))),
    'cmaps',
  );
  const maps: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith('.bcmap')) maps[name] = readFileSync(join(folder, name)).toString('base64');
  }
  // Parsed at the first use: most documents need none of them.
  return (
    `const PACKED = ${JSON.stringify(JSON.stringify(maps))};\nlet maps = null;\n` +
    'export function packedCmap(name) { maps ??= new Map(Object.entries(JSON.parse(PACKED))); ' +
    'return maps.get(name); }'
  );
}

/** The module `inside/font-file.ts` with the font of PDF copies in it. */
function packedFont(): string {
  const file = fileURLToPath(new URL('./fonts/DejaVuSans.ttf', import.meta.url));
  const packed = brotliCompressSync(readFileSync(file), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9 },
  });
  return `export function packedFont() { return ${JSON.stringify(packed.toString('base64'))}; }`;
}

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
    plugins: [
      {
        name: 'packed-data',
        load(id) {
          if (id.endsWith('/inside/font-file.ts')) return packedFont();
          return id.endsWith('/inside/cmaps.ts') ? packedCmaps() : null;
        },
      },
    ],
  });
  try {
    await bundle.write({ file: outFile, format: 'esm', minify: false, codeSplitting: false });
  } finally {
    await bundle.close();
  }
}
