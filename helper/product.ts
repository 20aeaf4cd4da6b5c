import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Product {
  root: string;
  version: string;
  /** Digest of the sources this helper was built from; `source` when run from them. */
  build: string;
}

/** Finds the product's own folder from any of its files, built or not. */
export function findProduct(from: string): Product {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (name === 'akios-console') {
        return { root: folder, version: version ?? '0.0.0', build: buildOf(folder, from) };
      }
    }
    if (dirname(folder) === folder) throw new Error(`no product folder above ${from}`);
  }
}

function buildOf(root: string, from: string): string {
  const dist = join(root, 'dist');
  if (!from.startsWith(dist)) return 'source';
  const file = join(dist, 'build.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { digest: string }).digest;
}
