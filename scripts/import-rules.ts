import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Folders are trust zones: who may import whom. Longest matching prefix decides. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'shared/node': ['shared/node', 'shared'],
  shared: ['shared'],
  'helper/core': ['helper/core', 'shared'],
  'helper/store': ['helper/store', 'helper/core', 'shared', 'shared/node'],
  'helper/cage': ['helper/cage', 'helper/core', 'shared', 'shared/node'],
  'helper/agents': ['helper/agents', 'helper/cage', 'helper/core', 'shared', 'shared/node'],
  'helper/engine': [
    'helper/engine',
    'helper/agents',
    'helper/cage',
    'helper/store',
    'helper/core',
    'shared',
    'shared/node',
  ],
  'helper/service': [
    'helper/service',
    'helper/engine',
    'helper/agents',
    'helper/cage',
    'helper/store',
    'helper/core',
    'shared',
    'shared/node',
  ],
  'helper/http': ['helper/http', 'helper/service', 'helper/cage', 'shared', 'shared/node'],
  // The daemon at the top of helper/ wires everything.
  helper: [
    'helper',
    'helper/http',
    'helper/service',
    'helper/engine',
    'helper/agents',
    'helper/cage',
    'helper/store',
    'helper/core',
    'shared',
    'shared/node',
  ],
  cli: ['cli', 'shared', 'shared/node'],
  electron: ['electron', 'shared', 'shared/node'],
  renderer: ['renderer', 'shared', 'assets'],
};

/** Zones that may not name these modules at all: they hold no authority and do no I/O. */
const PURE_ZONES = ['shared', 'helper/core'];
const ZONES = Object.keys(MAY_IMPORT).sort((a, b) => b.length - a.length);

export interface SourceImport {
  from: string;
  to: string;
  typeOnly: boolean;
}

export function zoneOf(file: string): string | null {
  return ZONES.find((zone) => file === zone || file.startsWith(`${zone}/`)) ?? null;
}

function* sourceFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder).sort()) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) {
      if (entry !== 'node_modules' && entry !== 'dist' && entry !== 'fixtures')
        yield* sourceFiles(path);
    } else if (/\.tsx?$/.test(entry) && !entry.endsWith('.data.ts')) yield path;
  }
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

export function importsOf(root: string, zones: readonly string[]): SourceImport[] {
  const found: SourceImport[] = [];
  for (const zone of zones) {
    for (const path of sourceFiles(join(root, zone))) {
      const from = relative(root, path).split(sep).join('/');
      for (const match of readFileSync(path, 'utf8').matchAll(IMPORT)) {
        const name = match[2] ?? match[3] ?? '';
        const to = name.startsWith('.')
          ? relative(root, resolve(dirname(path), name))
              .split(sep)
              .join('/')
          : name;
        found.push({ from, to, typeOnly: match[1] !== undefined });
      }
    }
  }
  return found;
}

const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.startsWith('helper/test/');

/** Imports that cross a zone against the arrows, or bring I/O into a pure zone. */
export function violations(imports: readonly SourceImport[]): string[] {
  const wrong: string[] = [];
  for (const { from, to } of imports) {
    if (isTest(from)) continue;
    const zone = zoneOf(from);
    if (zone === null) continue;
    if (to.startsWith('node:') || !/^(?:[a-z-]+\/|\.)/.test(to) || zoneOf(to) === null) {
      if (PURE_ZONES.includes(zone) && to.startsWith('node:')) wrong.push(`${from} imports ${to}`);
      if (to === 'electron' && zone !== 'electron') wrong.push(`${from} imports electron`);
      continue;
    }
    const target = zoneOf(to);
    if (target !== null && !(MAY_IMPORT[zone] ?? []).includes(target)) {
      wrong.push(`${from} imports ${to}: ${zone} must not know ${target}`);
    }
  }
  return wrong;
}

/** Import cycles between source files (type-only edges left out), each as a path of files. */
export function cycles(imports: readonly SourceImport[]): string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) {
    if (typeOnly || zoneOf(to) === null) continue;
    edges.set(from, [...(edges.get(from) ?? []), to]);
  }
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const seen = state.get(file);
    if (seen === 'done') return;
    if (seen === 'open') {
      found.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of edges.keys()) visit(file, []);
  return found;
}
