import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { printable } from '../../../shared/domain/printable.ts';
import type { MessageId } from '../../app/i18n/en.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { Button, CopyButton, useCopy } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { count } from '../../ui/format.ts';
import { type GlyphName, State, type Tone } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import s from './audit.module.css';
import type { RecordProof } from './use-proof.ts';

type Body = Record<string, unknown>;

/** Top-level fields in reading order; anything else follows as it stands. */
const ORDER = [
  'seq',
  'ts',
  'type',
  'run',
  'step',
  'parent',
  'actor',
  'subject',
  'policy',
  'result',
  'budget',
  'pii',
  'args_hmac',
  'cage',
  'intent',
  'id',
  'salt',
  'boot',
  'mono',
  'v',
];

/** A parsed body as label and text, known fields first. */
export function fieldsOf(body: string | null): [string, unknown][] {
  if (body === null) return [];
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const place = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  return Object.entries(value as Body)
    .filter(([, v]) => v !== null && v !== '')
    .sort(([a], [b]) => place(a) - place(b));
}

/** One line for a nested value: `decision deny, rule net.deny-unlisted`. */
export function lineOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(lineOf).join(', ');
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value as Body)
      .filter(([, v]) => v !== null && v !== '' && !isEmpty(v))
      .map(([key, v]) => `${printable(key)} ${lineOf(v)}`);
    return parts.join(', ');
  }
  return printable(String(value));
}

const isEmpty = (v: unknown): boolean =>
  typeof v === 'object' && v !== null && Object.keys(v).length === 0;

const LINKED = new Set(['parent', 'intent']);

function fieldValue(key: string, value: unknown): ReactNode {
  if (key === 'run' && typeof value === 'string') {
    return (
      <Link to="/runs/$run" params={{ run: value }}>
        {printable(value)}
      </Link>
    );
  }
  if (LINKED.has(key) && typeof value === 'number') {
    return (
      <Link to="/audit" search={(old) => ({ ...old, seq: value })}>
        {count(value)}
      </Link>
    );
  }
  const text = lineOf(value);
  return text === '' ? '–' : text;
}

export function RecordPane({ data }: { data: RecordProof }) {
  const t = useT();
  const { record, check } = data;
  const leaf = check?.leaf ?? record.leaf;
  return (
    <div className={cx(k.scroll, s.record)}>
      {record.body === null ? (
        <p className={cx(k.muted, s.pruned)}>{t('audit.record.pruned')}</p>
      ) : (
        <dl className={cx(k.kv, s.body)}>
          {fieldsOf(record.body).map(([key, value]) => (
            <Field key={key} name={key} value={value} />
          ))}
        </dl>
      )}
      <div className={cx(k.rule, s.leaf)}>
        <div className={s.leafHead}>
          {record.body === null
            ? t('audit.record.leafOnly')
            : t('audit.record.leaf', { n: count(new TextEncoder().encode(record.body).length) })}
          <CopyButton text={leaf} what={t('what.hash')} />
        </div>
        <code className={k.mono}>{leaf}</code>
      </div>
      <div className={cx(k.sect, k.rule, s.narrow)}>
        <h2>{t('audit.checks')}</h2>
      </div>
      <Checks data={data} />
    </div>
  );
}

function Field({ name, value }: { name: string; value: unknown }) {
  const shown = fieldValue(name, value);
  return (
    <>
      <dt>{printable(name)}</dt>
      <dd {...(typeof shown === 'string' ? { title: shown } : {})}>{shown}</dd>
    </>
  );
}

type Outcome = boolean | null;

function Checks({ data }: { data: RecordProof }) {
  const t = useT();
  const { record, check, proof } = data;
  const list: [Outcome, MessageId, MessageId][] = [
    [
      check === null || check.bodyLeaf === null ? null : check.bodyLeaf === record.leaf,
      'audit.check.leaf',
      'audit.check.leafBad',
    ],
    [check?.canonical ?? null, 'audit.check.canonical', 'audit.check.canonicalBad'],
    [check?.columns ?? null, 'audit.check.columns', 'audit.check.columnsBad'],
    [
      check?.note == null ? null : check.note.state === 'ok',
      'audit.check.note',
      check?.note?.state === 'unsupported' ? 'audit.check.noteUnsupported' : 'audit.check.noteBad',
    ],
    [
      check === null || proof === null
        ? null
        : check.root !== null && check.note?.root === check.root,
      'audit.check.root',
      'audit.check.rootBad',
    ],
  ];
  return (
    <ul className={s.checks}>
      {list.map(([outcome, good, bad]) => {
        const look: { name: GlyphName; tone: Tone } =
          outcome === null
            ? { name: 'notMeasured', tone: 'faint' }
            : outcome
              ? { name: 'allowed', tone: 'ok' }
              : { name: 'failed', tone: 'danger' };
        return (
          <li key={good}>
            <State {...look} strong={outcome === false} toned={outcome === false}>
              {t(outcome === false ? bad : good)}
              {outcome === null && ` (${t('audit.check.notChecked')})`}
            </State>
          </li>
        );
      })}
    </ul>
  );
}

export function CopyRecord({ data }: { data: RecordProof }) {
  const t = useT();
  const { done, copy } = useCopy();
  return (
    <Button small onPress={() => copy(data.record.body ?? JSON.stringify(data.record, null, 2))}>
      {t(done ? 'action.copied' : 'audit.json')}
    </Button>
  );
}
