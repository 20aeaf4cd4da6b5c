import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import s from './glyph.module.css';
import k from './kit.module.css';

const ground = 'var(--g-ground, var(--row-ground, var(--surface)))';
const ring = (
  <circle
    cx="8"
    cy="8"
    r="6.25"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    opacity=".35"
  />
);
const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.5 } as const;

/** A state is told by shape, word and colour; each shape stays legible in greyscale. */
const SHAPES = {
  up: [
    <circle key="a" cx="8" cy="8" r="7" fill="currentColor" />,
    <path key="b" d="M4.8 8.2l2.2 2.3 4.3-4.7" fill="none" stroke={ground} strokeWidth="1.75" />,
  ],
  degraded: [
    <path key="a" d="M8 1.1L14.9 8 8 14.9 1.1 8z" {...line} strokeLinejoin="round" />,
    <path key="b" d="M8 1.1V14.9L1.1 8z" fill="currentColor" />,
  ],
  blocked: [
    <path key="a" d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor" />,
    <path key="b" d="M4 8h8" stroke={ground} strokeWidth="2" />,
  ],
  unknown: [
    <circle key="a" cx="8" cy="8" r="6.25" {...line} strokeDasharray="2.6 2.3" />,
    <path
      key="b"
      d="M6.3 6.6a1.75 1.75 0 1 1 2.6 1.5c-.6.35-.9.7-.9 1.3"
      {...line}
      strokeWidth="1.25"
    />,
    <circle key="c" cx="8" cy="11.2" r=".85" fill="currentColor" />,
  ],
  raising: [
    <g key="a">{ring}</g>,
    <path
      key="b"
      className={s.spin}
      d="M8 1.75A6.25 6.25 0 0 1 14.25 8"
      {...line}
      strokeWidth="2.25"
    />,
    <path key="c" d="M5.4 9.4L8 6.6l2.6 2.8" {...line} />,
  ],
  lowering: [
    <g key="a">{ring}</g>,
    <path
      key="b"
      className={s.spin}
      d="M8 14.25A6.25 6.25 0 0 1 1.75 8"
      {...line}
      strokeWidth="2.25"
    />,
    <path key="c" d="M5.4 6.8L8 9.6l2.6-2.8" {...line} />,
  ],
  down: [<path key="a" d="M1.6 3h12.8L8 14z" {...line} strokeLinejoin="round" />],
  running: [
    <g key="a">{ring}</g>,
    <path
      key="b"
      className={s.spin}
      d="M8 1.75A6.25 6.25 0 0 1 14.25 8"
      {...line}
      strokeWidth="2.25"
    />,
  ],
  allowed: [<path key="a" d="M3 8.4l3.2 3.3L13 4.6" {...line} strokeWidth="1.75" />],
  denied: [
    <rect key="a" x="1.75" y="1.75" width="12.5" height="12.5" rx="1.5" {...line} />,
    <path key="b" d="M3 13L13 3" stroke="currentColor" strokeWidth="1.75" />,
  ],
  redacted: [
    <rect key="a" x=".75" y="3.75" width="14.5" height="8.5" rx="4.25" {...line} />,
    <path key="b" d="M6.7 5.9L4.7 8l2 2.1M11 5.9L9 8l2 2.1" {...line} strokeWidth="1.25" />,
  ],
  waiting: [
    <circle key="a" cx="3.2" cy="8" r="1.25" fill="currentColor" />,
    <circle key="b" cx="8" cy="8" r="1.25" fill="currentColor" />,
    <circle key="c" cx="12.8" cy="8" r="1.25" fill="currentColor" />,
  ],
  failed: [
    <rect key="a" x="1" y="1" width="14" height="14" rx="2" fill="currentColor" />,
    <path key="b" d="M5 5l6 6M11 5l-6 6" stroke={ground} strokeWidth="1.75" />,
  ],
  notMeasured: [
    <rect
      key="a"
      x="1.75"
      y="1.75"
      width="12.5"
      height="12.5"
      rx="1.5"
      {...line}
      strokeDasharray="2.6 2.2"
    />,
    <path key="b" d="M5 8h6" {...line} />,
  ],
  none: [<path key="a" d="M3 8h10" {...line} />],
  stopped: [<rect key="a" x="2" y="2" width="12" height="12" rx="1.5" fill="currentColor" />],
} as const satisfies Record<string, readonly ReactNode[]>;

export type GlyphName = keyof typeof SHAPES;
export type Tone = 'ok' | 'warn' | 'danger' | 'info' | 'redact' | 'muted' | 'faint' | 'inherit';

interface GlyphProps {
  name: GlyphName;
  tone: Tone;
  /** px */
  size?: number;
}

/** The drawing alone, hidden from screen readers: a word must stand beside it or name the cell. */
export function Glyph({ name, tone, size = 16 }: GlyphProps) {
  return (
    <svg
      className={cx(s.glyph, k[tone])}
      viewBox="0 0 16 16"
      aria-hidden="true"
      style={{ width: size, height: size }}
    >
      {SHAPES[name]}
    </svg>
  );
}

interface StateProps extends GlyphProps {
  children: ReactNode;
  strong?: boolean;
  /** Colours the word as well as the shape. */
  toned?: boolean;
}

/** Shape, colour and word together. */
export function State({ children, strong = false, toned = false, ...glyph }: StateProps) {
  return (
    <span className={k.state}>
      <Glyph {...glyph} />
      <span className={cx(k.ell, strong && k.strong, toned && k[glyph.tone])}>{children}</span>
    </span>
  );
}
