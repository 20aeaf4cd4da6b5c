import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HELPER_FLAGS, type HelperPlace } from '../../shared/node/helper-start.ts';
import { socketPath } from '../../shared/node/paths.ts';

/**
 * Where the helper of this build listens and how it is started. The helper never runs on Electron's
 * own Node (its fuse is off): it gets the Node that came with the packages, else the machine's.
 * @param root the folder with package.json, dist and node_modules
 */
export function helperPlace(root: string): HelperPlace {
  const { digest } = JSON.parse(readFileSync(join(root, 'dist', 'build.json'), 'utf8')) as {
    digest: string;
  };
  const daemon = join(root, 'dist', 'helper', 'daemon.mjs');
  return {
    socket: socketPath(),
    build: digest,
    command: [productNode(root), ...HELPER_FLAGS, daemon],
  };
}

function productNode(root: string): string {
  const modules = join(root, 'node_modules');
  const own = existsSync(modules)
    ? readdirSync(modules)
        .filter((name) => /^node-(?:linux|darwin|win)-(?:x64|arm64)$/.test(name))
        .map((name) => join(modules, name, 'bin', 'node'))
        .find((path) => existsSync(path))
    : undefined;
  return own ?? 'node';
}
