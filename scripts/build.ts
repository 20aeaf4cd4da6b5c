/**
 * Builds `dist/` when sources changed: CLI, helper, caged worker, Electron shell, console.
 *   --force  build even when nothing changed
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { type InputOptions, type OutputOptions, rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const say = (line: string): void => {
  process.stderr.write(`build: ${line}\n`);
};

const SOURCES = [
  'shared',
  'helper',
  'cli',
  'electron',
  'renderer',
  'assets/fonts',
  'scripts/build.ts',
  'vite.config.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

function* files(path: string): Generator<string> {
  const full = join(root, path);
  if (!existsSync(full)) return;
  const entries = readdirSync(join(full, '..'), { withFileTypes: true });
  if (entries.find((e) => e.name === path.split('/').at(-1))?.isFile()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(full, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!['node_modules', 'fixtures', 'test'].includes(entry.name)) yield* files(inner);
    } else if (!/\.test\.tsx?$/.test(entry.name) && !entry.name.endsWith('.md')) yield inner;
  }
}

/** Same digest, same build: tests, fixtures and documents do not count. */
export function sourceDigest(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of files(source)) {
      const content = readFileSync(join(root, file));
      hash.update(`${file}\0${content.byteLength}\0`).update(content);
    }
  }
  return hash.digest('hex').slice(0, 24);
}

interface Part {
  name: string;
  entry: string;
  run(out: string): Promise<void>;
}

/** Packages with native code or files of their own; they stay in `node_modules`. */
const EXTERNAL = [/^better-sqlite3$/, /^koffi$/, /^@napi-rs\//, /^electron$/, /^pg-native$/];
const isExternal = (id: string): boolean =>
  isBuiltin(id) || EXTERNAL.some((pattern) => pattern.test(id));

async function bundle(input: InputOptions, output: OutputOptions): Promise<void> {
  const made = await rolldown({
    platform: 'node',
    external: isExternal,
    logLevel: 'warn',
    ...input,
  });
  try {
    await made.write({ sourcemap: false, minify: false, ...output });
  } finally {
    await made.close();
  }
}

/** CommonJS packages inside an ES module bundle still ask for `require`. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";

const PARTS: readonly Part[] = [
  {
    name: 'cli',
    entry: 'cli/main.ts',
    run: (out) =>
      bundle(
        { input: { main: join(root, 'cli', 'main.ts') } },
        {
          dir: join(out, 'cli'),
          format: 'esm',
          entryFileNames: '[name].mjs',
          chunkFileNames: '[name]-[hash].mjs',
          banner: REQUIRE,
          minify: true,
        },
      ),
  },
  {
    name: 'helper',
    entry: 'helper/daemon.ts',
    run: (out) =>
      bundle(
        { input: helperInputs() },
        {
          dir: join(out, 'helper'),
          format: 'esm',
          entryFileNames: '[name].mjs',
          chunkFileNames: '[name]-[hash].mjs',
          banner: REQUIRE,
        },
      ),
  },
  {
    name: 'worker',
    entry: 'helper/cage/worker/inside/main.ts',
    run: async (out) => {
      const { bundleWorker } = await import('../helper/cage/worker/bundle.ts');
      await bundleWorker(join(out, 'worker', 'main.mjs'));
    },
  },
  {
    name: 'electron',
    entry: 'electron/main.ts',
    run: async (out) => {
      for (const name of ['main', 'preload']) {
        await bundle(
          { input: join(root, 'electron', `${name}.ts`) },
          { file: join(out, 'electron', `${name}.cjs`), format: 'cjs', codeSplitting: false },
        );
      }
    },
  },
  { name: 'console', entry: 'renderer/index.html', run: (out) => vite(join(out, 'renderer')) },
];

function helperInputs(): Record<string, string> {
  const inputs: Record<string, string> = { daemon: join(root, 'helper', 'daemon.ts') };
  for (const [name, file] of [
    ['verify-worker', 'helper/verify-worker.ts'],
    ['index-child', 'helper/store/ledger/index-child.ts'],
    ['pii-worker', 'helper/engine/pii/worker.ts'],
  ] as const) {
    if (existsSync(join(root, file))) inputs[name] = join(root, file);
  }
  return inputs;
}

function vite(outDir: string): Promise<void> {
  const args = [
    join(root, 'node_modules', 'vite', 'bin', 'vite.js'),
    'build',
    '--outDir',
    outDir,
    '--emptyOutDir',
    '--logLevel',
    'warn',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`vite ended with ${code}`)),
    );
  });
}

function builtDigest(): string | null {
  const file = join(dist, 'build.json');
  if (!existsSync(file)) return null;
  return (JSON.parse(readFileSync(file, 'utf8')) as { digest?: string }).digest ?? null;
}

/** Built beside and then swapped in, so that a failed build leaves the old one in place. */
async function build(digest: string): Promise<void> {
  const out = join(root, '.cache', `dist-${process.pid}`);
  const old = join(root, '.cache', `dist-old-${process.pid}`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const parts: string[] = [];
  try {
    for (const part of PARTS) {
      if (!existsSync(join(root, part.entry))) {
        say(`${part.name}: ${part.entry} is not there, left out`);
        continue;
      }
      const started = Date.now();
      await part.run(out);
      parts.push(part.name);
      say(`${part.name} (${Date.now() - started} ms)`);
    }
    writeFileSync(
      join(out, 'build.json'),
      `${JSON.stringify({ digest, parts, at: new Date().toISOString() })}\n`,
    );
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(out, dist);
  } finally {
    rmSync(out, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const digest = sourceDigest();
  if (process.argv.includes('--force') || builtDigest() !== digest) {
    await build(digest);
    say(`done, ${digest}`);
  }
}
