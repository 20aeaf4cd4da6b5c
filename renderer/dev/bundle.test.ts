import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
/** First load of the browser console, gzip bytes of all scripts before anything is clicked. */
const BUDGET = 260 * 1024;

let chunks: Rolldown.OutputChunk[] = [];
let assets: Rolldown.OutputAsset[] = [];

beforeAll(async () => {
  const result = await build({
    root: join(root, 'renderer'),
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'silent',
    build: { write: false },
  });
  const output = (result as Rolldown.RolldownOutput).output;
  chunks = output.filter((o) => o.type === 'chunk');
  assets = output.filter((o) => o.type === 'asset');
}, 60_000);

/** The entry, all it imports at once, and the dashboard with what that imports. */
function firstLoad(): Set<string> {
  const byName = new Map(chunks.map((c) => [c.fileName, c]));
  const seen = new Set<string>();
  const add = (name: string): void => {
    const chunk = byName.get(name);
    if (chunk === undefined || seen.has(name)) return;
    seen.add(name);
    for (const next of chunk.imports) add(next);
  };
  for (const c of chunks) {
    if (c.isEntry || c.moduleIds.some((m) => m.endsWith('/dashboard/dashboard.tsx')))
      add(c.fileName);
  }
  return seen;
}

test('the first load, dashboard included, fits its budget', () => {
  const first = firstLoad();
  expect(first.size).toBeGreaterThan(1);
  const bytes = chunks
    .filter((c) => first.has(c.fileName))
    .reduce((sum, c) => sum + gzipSync(c.code).length, 0);
  expect(bytes).toBeLessThanOrEqual(BUDGET);
});

test('nothing made up and nothing of the helper is in the bundle', () => {
  const modules = chunks.flatMap((c) => c.moduleIds);
  expect(modules.length).toBeGreaterThan(100);
  expect(
    modules.filter((m) =>
      /\/renderer\/dev\/|\/helper\/|\/cli\/|\/electron\//.test(m.replace(/node_modules.*/, '')),
    ),
  ).toEqual([]);
});

test('fonts and pictures are files: the policy knows no data: addresses', () => {
  expect(assets.filter((a) => a.fileName.endsWith('.woff2')).length).toBe(5);
  for (const a of assets) {
    if (a.fileName.endsWith('.css')) expect(String(a.source)).not.toMatch(/url\(["']?data:/);
  }
});

test('the page has no inline script and no inline style', () => {
  const html = String(assets.find((a) => a.fileName === 'index.html')?.source);
  expect(html).toContain('<script');
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
});

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'dev') yield* sources(path);
    } else if (/\.tsx?$/.test(entry.name) && !entry.name.endsWith('.test.ts')) yield path;
  }
}

test('no source writes markup or runs text', () => {
  for (const path of sources(join(root, 'renderer'))) {
    const text = readFileSync(path, 'utf8');
    expect(text, path).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|\beval\(|new Function/,
    );
    expect(text, path).not.toMatch(/import \{ z \} from 'zod'/);
  }
});
