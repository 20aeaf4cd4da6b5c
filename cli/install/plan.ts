import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AkiosError } from '../../shared/domain/errors.ts';

/** One regular file to copy. */
export interface PlannedFile {
  from: string;
  /** Relative to the program folder. */
  to: string;
  mode: 0o644 | 0o755;
}

/** Packages that the built product loads from `node_modules` (the rest is bundled). */
export const RUNTIME_PACKAGES = ['better-sqlite3', 'koffi'];
const FOLDERS = ['dist', 'assets', 'docs'];
const FILES = ['package.json', 'bin/akios', 'bin/node'];
/** Sources and bundles of other systems that these packages ship and never load. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['deps', 'src'],
  koffi: ['doc', 'vendor'],
};

/** Where the copied Node lies, relative to the program folder; `bin/akios` looks for it there. */
export function nodePlace(): string {
  return join('node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
}

/**
 * Every file of an installation, from the product's own folder and the Node that runs now.
 * A link among them is refused: as root, what it names would be copied for all to read.
 * @throws AkiosError FILE_NOT_FOUND when the product is not built, DENIED for a link
 */
export function planFiles(root: string, node: string): PlannedFile[] {
  const packages = closure(root, RUNTIME_PACKAGES);
  const planned: PlannedFile[] = [];
  for (const folder of FOLDERS) addTree(planned, root, folder, []);
  for (const file of FILES) planned.push(plannedFile(join(root, file), file));
  for (const name of packages) {
    addTree(planned, root, join('node_modules', name), LEFT_OUT[name] ?? []);
  }
  planned.push({ ...plannedFile(node, nodePlace()), mode: 0o755 });
  return planned;
}

/** The packages with everything they need that is installed. */
function closure(root: string, names: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (name: string, optional: boolean): void => {
    if (found.has(name)) return;
    const file = join(root, 'node_modules', name, 'package.json');
    if (!existsSync(file)) {
      if (optional) return;
      throw notBuilt(file);
    }
    found.add(name);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      readFileSync(file, 'utf8'),
    ) as Record<'dependencies' | 'optionalDependencies', Record<string, string> | undefined>;
    for (const other of Object.keys(dependencies)) visit(other, true);
    for (const other of Object.keys(optionalDependencies)) visit(other, true);
  };
  for (const name of names) visit(name, false);
  return [...found].sort();
}

function addTree(
  planned: PlannedFile[],
  root: string,
  folder: string,
  without: readonly string[],
): void {
  const path = join(root, folder);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw notBuilt(path);
  if (!stat.isDirectory()) throw notPlain(path);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (without.includes(entry.name) || entry.name === '.bin') continue;
    const inner = join(folder, entry.name);
    if (entry.isDirectory()) addTree(planned, root, inner, []);
    else planned.push(plannedFile(join(root, inner), inner));
  }
}

function plannedFile(from: string, to: string): PlannedFile {
  const stat = lstatSync(from, { throwIfNoEntry: false });
  if (stat === undefined) throw notBuilt(from);
  if (!stat.isFile()) throw notPlain(from);
  const program = (stat.mode & 0o100) !== 0 || /^bin[/\\]/.test(to) || basename(to) === 'node';
  return { from, to, mode: program ? 0o755 : 0o644 };
}

function notBuilt(path: string): AkiosError {
  return new AkiosError('FILE_NOT_FOUND', `The product is not complete: ${path} is missing.`, {
    hint: 'Build it as an ordinary user first: npm run build.',
  });
}

function notPlain(path: string): AkiosError {
  return new AkiosError('DENIED', `${path} is a link or no plain file; it is not installed.`, {
    hint: 'Install from a folder as npm and the build made it.',
  });
}
