import { describe, expect, it } from 'vitest';
import type { CageSpec } from '../../port.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { environmentFor, insidePath, printable, programFor } from './program.ts';

const spec = (argv: [string, ...string[]], more: Partial<CageSpec> = {}): CageSpec => ({
  id: 'x',
  argv,
  limits: DEFAULT_LIMITS,
  stdin: 'none',
  seccomp: 'kill',
  ...more,
});

describe('the program', () => {
  const dirs = ['/home/me/work'];

  it('given by its host path is found where the cage has it', () => {
    expect(programFor(spec(['/home/me/work/bin/tool', 'a']), dirs)).toEqual([
      '/workspace/bin/tool',
      'a',
    ]);
    expect(programFor(spec(['/home/me/work/../work/t']), dirs)).toEqual(['/workspace/t']);
    expect(programFor(spec(['python3', '-c', '']), dirs)).toEqual(['python3', '-c', '']);
    expect(programFor(spec(['/usr/bin/env']), dirs)).toEqual(['/usr/bin/env']);
    const mounts = [{ host: '/opt/sdk', inside: '/sdk', mode: 'ro' as const }];
    expect(programFor(spec(['/opt/sdk/run'], { mounts }), dirs)).toEqual(['/sdk/run']);
  });

  it('is refused where the cage has nothing', () => {
    for (const path of ['/root/x', '/home/me/workshop/x', '/home/me/work/../x', '/usr/../etc/x']) {
      expect(() => programFor(spec([path]), dirs)).toThrow('does not contain');
    }
    for (const argv of [[''], ['a\0b'], ['x', 'y'.repeat(131_072)]] as [string][]) {
      expect(() => programFor(spec(argv), dirs)).toThrow();
    }
  });

  it('keeps a neighbour with the same beginning apart', () => {
    expect(insidePath('/home/me/work2/x', dirs, [])).toBeNull();
    expect(insidePath('/home/me/work', dirs, [])).toBe('/workspace');
  });
});

describe('the environment', () => {
  it('is fixed names, the proxy where granted, and what is allowed of the caller', () => {
    const names = (s: CageSpec): string[] => environmentFor(s).map(([name]) => name);
    expect(names(spec(['x']))).toEqual(['PATH', 'HOME', 'TMPDIR', 'LANG', 'USER']);
    expect(names(spec(['x'], { egressSocket: '/s', env: { TOKEN: '1' } }))).toContain(
      'HTTPS_PROXY',
    );
    for (const env of [
      { LD_AUDIT: 'x' },
      { GLIBC_TUNABLES: 'x' },
      { PYTHONPATH: '/x' },
      { 'BASH_FUNC_ls%%': 'x' },
      { HTTPS_PROXY: 'http://elsewhere' },
      { HOME: '/' },
      { OK: 'a\0b' },
    ]) {
      const asked = spec(['x'], { egressSocket: '/s', env: env as Record<string, string> });
      expect(() => environmentFor(asked)).toThrow();
    }
  });
});

describe('names in messages', () => {
  it('show control and direction characters as escapes', () => {
    expect(printable('a\x1b[2Jb\u202ec\n')).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{a}');
    expect(printable('ü € 日本')).toBe('ü € 日本');
    expect(printable('x'.repeat(300))).toHaveLength(203);
  });
});
