import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const css = readFileSync(join(import.meta.dirname, '../ui/styles/tokens.css'), 'utf8');

/** sRGB relative luminance and contrast after WCAG 2.2. */
function luminance(hex: string): number {
  const channel = (at: number): number => {
    const v = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const tokens = new Map<string, readonly [light: string, dark: string]>();
for (const m of css.matchAll(
  /--([a-z-]+):\s*light-dark\((#[0-9A-Fa-f]{6}),\s*(#[0-9A-Fa-f]{6})\)/g,
)) {
  tokens.set(m[1]!, [m[2]!, m[3]!]);
}

const GROUNDS = ['canvas', 'surface', 'sunken'];
/** Foreground, grounds, least contrast. */
const PAIRS: readonly (readonly [string, readonly string[], number])[] = [
  ['text', GROUNDS, 14],
  ['muted', GROUNDS, 6.8],
  ['faint', GROUNDS, 4.6],
  ['control', GROUNDS, 3.2],
  ['accent', GROUNDS, 5.6],
  ['on-accent', ['accent'], 6.7],
  ['on-danger', ['danger'], 6.4],
  ...['ok', 'warn', 'danger', 'info', 'redact'].map(
    (hue) => [hue, [`${hue}-tint`, ...GROUNDS], 5.1] as const,
  ),
];

test('the token file holds every colour of the table', () => {
  expect(tokens.size).toBe(21);
});

for (const [front, grounds, least] of PAIRS) {
  for (const ground of grounds) {
    test.each([
      'light',
      'dark',
    ] as const)(`${front} on ${ground} reaches ${least} in %s`, (theme) => {
      const at = theme === 'light' ? 0 : 1;
      const a = tokens.get(front)?.[at];
      const b = tokens.get(ground)?.[at];
      expect(a).toBeDefined();
      expect(b).toBeDefined();
      expect(contrast(a ?? '', b ?? '')).toBeGreaterThanOrEqual(least);
    });
  }
}

test('violet belongs to redaction alone', () => {
  const hue = (hex: string): number => {
    const [r, g, b] = [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as [
      number,
      number,
      number,
    ];
    const max = Math.max(r, g, b);
    const d = max - Math.min(r, g, b);
    if (d < 40) return -1;
    const h = max === r ? ((g - b) / d) % 6 : max === g ? (b - r) / d + 2 : (r - g) / d + 4;
    return (h * 60 + 360) % 360;
  };
  const violet = [...tokens]
    .filter(([, [light]]) => hue(light) > 255 && hue(light) < 320)
    .map(([n]) => n);
  expect(violet).toEqual(['redact']);
});
