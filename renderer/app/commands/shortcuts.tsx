import { Layer } from '../../ui/layer.tsx';
import type { MessageId } from '../i18n/en.ts';
import { useT } from '../i18n/use-t.ts';
import { useUi } from '../ui-state.ts';
import s from './layers.module.css';

const LIST: readonly (readonly [MessageId, readonly string[]])[] = [
  ['shortcuts.palette', ['Ctrl K']],
  ['shortcuts.screens', ['Ctrl 1', 'Ctrl 9', 'Alt 1']],
  ['shortcuts.filter', ['/']],
  ['shortcuts.move', ['j', 'k']],
  ['shortcuts.open', ['Enter']],
  ['shortcuts.close', ['Esc']],
  ['shortcuts.findings', ['F7', 'Shift F7']],
  ['shortcuts.kill', ['Ctrl .']],
  ['shortcuts.panic', ['Ctrl Shift .']],
  ['shortcuts.regions', ['F6', 'Shift F6']],
  ['shortcuts.help', ['?']],
];

export function Shortcuts() {
  const t = useT();
  const setLayer = useUi((u) => u.setLayer);
  return (
    <Layer title={t('shortcuts.title')} onClose={() => setLayer(null)}>
      <dl className={s.keys}>
        {LIST.map(([id, keys]) => (
          <div key={id}>
            <dt>{t(id)}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Layer>
  );
}
