import type { GateKind } from '../../../shared/domain/states.ts';

const HOST_PORT = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]):(\d{1,5})$/;
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * Why a target is not in the one form a verdict can be given on, or null. Two spellings of one
 * thing would let a deny rule be walked around.
 */
export function targetProblem(gate: GateKind, target: string): string | null {
  if (target === '' || target.length > 4096) return 'The target is empty or too long.';
  if (CONTROL.test(target)) return 'The target holds control or invisible characters.';
  if (gate === 'fs') return pathProblem(target);
  if (gate === 'net') {
    const port = HOST_PORT.exec(target)?.[1];
    if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
      return 'A network target is a lower-case host and a port.';
    }
  }
  if (gate === 'llm' && !/^[A-Za-z0-9_.-]{1,80}\/[^\s]{1,200}$/.test(target)) {
    return 'A model target is provider/model.';
  }
  return null;
}

/** Why a path is not canonical and inside the project, or null. `.` is the project itself. */
export function pathProblem(path: string): string | null {
  if (path === '.') return null;
  if (path.startsWith('/') || path.startsWith('~')) return 'The path is not inside the project.';
  if (path.includes('\\')) return 'The path holds a backslash.';
  if (path.normalize('NFC') !== path) return 'The path is not in composed Unicode form.';
  for (const part of path.split('/')) {
    if (part === '..') return 'The path leaves its folder with "..".';
    if (part === '' || part === '.') return 'The path has an empty or "." part.';
    if (part.length > 255) return 'A part of the path is too long.';
    if (part !== part.trim() || part.endsWith('.')) {
      return 'A part of the path begins or ends with a space or ends with a dot.';
    }
  }
  return null;
}

/**
 * A path glob as a test: `*` and `?` stay inside one part, `**` crosses parts, and a pattern that
 * ends in a part also covers what lies below it when `below` is set.
 */
export function pathGlob(pattern: string, options: { ignoreCase: boolean; below: boolean }) {
  const flags = options.ignoreCase ? 'iu' : 'u';
  const parts = pattern.replace(/\/+$/, '').split('/');
  let source = '';
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1;
    if (part === '**') {
      source += last ? '(?:[^/]+(?:/[^/]+)*)?' : '(?:[^/]+/)*';
      continue;
    }
    source += part
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '[^/]*')
      .replace(/\?/g, '[^/]');
    if (!last) source += parts[i + 1] === '**' && i + 1 === parts.length - 1 ? '/?' : '/';
  }
  const test = new RegExp(`^${source}${options.below ? '(?:/.*)?' : ''}$`, flags);
  return (path: string): boolean => test.test(path);
}
