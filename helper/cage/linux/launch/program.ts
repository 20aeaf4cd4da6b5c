import { isAbsolute, posix } from 'node:path';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import type { CageMount, CageSpec } from '../../port.ts';

export const WORKSPACE = '/workspace';
export const CAGE_PATH = '/usr/local/bin:/usr/bin:/bin';
export const PROXY_SOCKET = '/run/cage/proxy.sock';
export const PROXY_PORT = 3128;
export const PROXY_URL = `http://127.0.0.1:${PROXY_PORT}`;
/** A kernel limit (MAX_ARG_STRLEN) for one argument, and a sane one for all of them. */
const LONGEST_ARGUMENT = 131_072;
const MOST_ARGUMENT_BYTES = 1_500_000;

/** Names that change what a loader, a shell or a runtime executes before the program itself. */
const HIJACKING =
  /^(LD_|DYLD_|GCONV_PATH$|LOCPATH$|NLSPATH$|MALLOC_|GLIBC_TUNABLES$|NODE_OPTIONS$|NODE_PATH$|NODE_EXTRA_CA|PERL|BASH_|ENV$|SHELLOPTS$|PS4$|IFS$|PYTHON(HOME|PATH|STARTUP|INSPECT|BREAKPOINT)$|RUBYOPT$|RUBYLIB$|JAVA_TOOL_OPTIONS$|_JAVA_OPTIONS$)/;
/** Names the cage sets itself. */
const OWN = new Set(['PATH', 'HOME', 'TMPDIR', 'USER', 'LANG', 'PWD']);

function invalid(message: string, hint?: string): AkiosError {
  return new AkiosError('INPUT_INVALID', message, hint === undefined ? {} : { hint });
}

function below(path: string, folder: string): string | null {
  if (path === folder) return '';
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

/** Where a host path is seen inside: through the work folder or a mount; null when it is not. */
export function insidePath(
  host: string,
  workDirs: readonly string[],
  mounts: readonly CageMount[],
): string | null {
  const places = [
    ...workDirs.map((dir) => ({ host: dir, inside: WORKSPACE })),
    ...mounts.map((m) => ({ host: m.host, inside: m.inside })),
  ];
  for (const place of places) {
    const rest = below(host, place.host);
    if (rest !== null) return rest === '' ? place.inside : posix.join(place.inside, rest);
  }
  return null;
}

/** Folders of the system that exist inside under their own names. */
const WORLD = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/lib32', '/libx32', WORKSPACE, '/tmp'];

/**
 * argv as the cage sees it. A program given by host path below the work folder or a mount is
 * translated; other absolute paths must lie in the allow-listed world.
 */
export function programFor(spec: CageSpec, workDirs: readonly string[]): string[] {
  const [program, ...rest] = spec.argv;
  if (program === '') throw invalid('The program has an empty name.');
  let total = 0;
  for (const word of spec.argv) {
    const bytes = Buffer.byteLength(word);
    total += bytes + 1;
    if (word.includes('\0')) throw invalid('An argument holds a NUL character.');
    if (bytes >= LONGEST_ARGUMENT) throw invalid('An argument is longer than 128 KiB.');
  }
  if (total > MOST_ARGUMENT_BYTES) throw invalid('The arguments are longer than 1.5 MB together.');
  if (!isAbsolute(program)) return [program, ...rest];
  const path = posix.normalize(program);
  const inside = insidePath(path, workDirs, spec.mounts ?? []);
  if (inside !== null) return [inside, ...rest];
  const granted = (spec.mounts ?? []).map((mount) => mount.inside);
  if ([...WORLD, ...granted].some((folder) => below(path, folder) !== null)) return [path, ...rest];
  throw new AkiosError('CAGE_FAILED', `The cage does not contain ${printable(program)}.`, {
    hint: 'Only the system programs, the work folder and granted mounts exist inside. Copy the program into the work folder, or grant it.',
    details: { status: 127 },
  });
}

/** Control and bidirectional characters as escapes: names come from anywhere. */
export function printable(text: string): string {
  const shown = [...text.slice(0, 200)]
    .map((c) => {
      const code = c.codePointAt(0) ?? 0;
      const odd =
        code < 0x20 ||
        (code >= 0x7f && code < 0xa0) ||
        (code >= 0x200b && code <= 0x200f) ||
        (code >= 0x2028 && code <= 0x202e) ||
        (code >= 0x2060 && code <= 0x206f) ||
        code === 0xfeff;
      return odd ? `\\u{${code.toString(16)}}` : c;
    })
    .join('');
  return text.length > 200 ? `${shown}...` : shown;
}

/** The whole environment of the caged program: fixed names, the proxy where granted, the spec's. */
export function environmentFor(spec: CageSpec): [name: string, value: string][] {
  const env: [string, string][] = [
    ['PATH', CAGE_PATH],
    ['HOME', spec.workDir === undefined ? '/tmp' : WORKSPACE],
    ['TMPDIR', '/tmp'],
    ['LANG', 'C.UTF-8'],
    ['USER', 'cage'],
  ];
  if (spec.egressSocket !== undefined) {
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY']) {
      env.push([name, PROXY_URL]);
    }
  }
  const fixed = new Set(env.map(([name]) => name));
  for (const [name, value] of Object.entries(spec.env ?? {})) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(name)) {
      throw invalid(`The environment name "${printable(name)}" is not allowed.`);
    }
    if (HIJACKING.test(name) || OWN.has(name) || fixed.has(name)) {
      throw invalid(
        `The environment name ${name} is not allowed in a cage.`,
        'It would change what runs, or is set by the cage itself.',
      );
    }
    if (value.includes('\0') || Buffer.byteLength(value) >= LONGEST_ARGUMENT) {
      throw invalid(`The value of ${name} is not allowed.`);
    }
    env.push([name, value]);
  }
  return env;
}
