import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import * as electron from 'electron';
import { prepare, Shell, type ShellPorts } from './app.ts';
import { helperAt } from './helper-process/helper.ts';
import { helperPlace } from './helper-process/place.ts';
import type { BundleFiles } from './security/scheme.ts';

/** Names below the bundle's root, listed once: a request is looked up among them, never joined. */
function bundleFiles(folder: string): BundleFiles {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((name) => name.split(sep).join('/'));
  return {
    names: new Set(names),
    read: async (name) => new Uint8Array(await readFile(join(folder, name))),
  };
}

function ports(): ShellPorts {
  const root = electron.app.getAppPath();
  const { port, control } = helperAt(helperPlace(root));
  return {
    preload: join(root, 'dist', 'electron', 'preload.cjs'),
    icon: join(root, 'assets', 'icon.png'),
    files: bundleFiles(join(root, 'dist', 'renderer')),
    helper: port,
    control,
    clock: {
      setTimer: (run, ms) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    },
    argv: process.argv,
    log: (line) => process.stderr.write(`console: ${line}\n`),
  };
}

const shellPorts = ports();
if (prepare(electron, shellPorts)) {
  electron.app
    .whenReady()
    .then(() => new Shell(electron, shellPorts).open())
    .catch((error: unknown) => {
      process.stderr.write(`akios: the console did not open: ${String(error)}\n`);
      electron.app.exit(1);
    });
}
