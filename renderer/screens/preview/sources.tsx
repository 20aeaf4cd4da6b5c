import { printable } from '../../../shared/domain/printable.ts';
import { useCall, useSession } from '../../app/api-context.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { bytes } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { Empty, ErrorView } from '../../ui/notice.tsx';
import s from './preview.module.css';

export interface SourceItem {
  key: string;
  label: string;
  note: string;
  group: 'documents' | 'prompts' | 'text';
}

/** Documents, workflows and the typed text, as one list of choices. */
export function useSources() {
  const t = useT();
  const { project } = useSession();
  const documents = useCall('documents.list', { project });
  const workflows = useCall('workflow.list', { project });
  const items: SourceItem[] = [
    { key: 'text', label: t('prev.text'), note: '', group: 'text' },
    ...(documents.data?.items ?? []).map((d) => ({
      key: `document:${d.path}`,
      label: d.path.replace(/^data\/input\//, ''),
      note: bytes(d.bytes),
      group: 'documents' as const,
    })),
    ...(workflows.data?.items ?? [])
      .filter((w) => w.error === undefined)
      .map((w) => ({
        key: `workflow:${w.path}`,
        label: w.name,
        note: '',
        group: 'prompts' as const,
      })),
  ];
  return { items, documents, workflows };
}

interface SourcesProps {
  sources: ReturnType<typeof useSources>;
  current: string | null;
  onChoose(key: string): void;
}

export function SourceList({ sources, current, onChoose }: SourcesProps) {
  const t = useT();
  const { items, documents } = sources;
  const group = (name: SourceItem['group'], title: string) => {
    const own = items.filter((i) => i.group === name);
    if (own.length === 0) return null;
    return (
      <section aria-label={title}>
        <h2 className={s.groupHead}>{title}</h2>
        <ul>
          {own.map((i) => (
            <li key={i.key}>
              <button
                type="button"
                className={s.sourceItem}
                aria-pressed={i.key === current}
                onClick={() => onChoose(i.key)}
              >
                <span className={k.ell} title={printable(i.label)}>
                  {printable(i.label)}
                </span>
                <span className={k.faint}>{i.note}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
    );
  };
  return (
    <nav className={s.sources} aria-label={t('prev.sources')} data-region="sources">
      {group('documents', t('prev.documents'))}
      {documents.error !== null && (
        <ErrorView
          error={documents.error.toValue()}
          where="documents.list"
          onRetry={() => void documents.refetch()}
        />
      )}
      {documents.data?.items.length === 0 && (
        <Empty
          title={t('prev.empty.title')}
          body={t('prev.empty.body')}
          command="akios init --force ."
        />
      )}
      {group('prompts', t('prev.prompts'))}
      {group('text', t('prev.textGroup'))}
    </nav>
  );
}

/** The same choice where there is no room for a list. */
export function SourceSelect({ sources, current, onChoose }: SourcesProps) {
  const t = useT();
  return (
    <select
      className={s.select}
      aria-label={t('prev.source')}
      value={current ?? ''}
      onChange={(e) => onChoose(e.target.value)}
    >
      {sources.items.map((i) => (
        <option key={i.key} value={i.key}>
          {printable(i.label)}
        </option>
      ))}
    </select>
  );
}
