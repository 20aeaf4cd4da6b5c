import { Link } from '@tanstack/react-router';
import { useT } from '../i18n/use-t.ts';
import { SCREENS } from '../screens.ts';
import s from './shell.module.css';

export function Rail() {
  const t = useT();
  return (
    <nav className={s.rail} aria-label={t('shell.screens')} data-region="rail">
      {SCREENS.map(({ path, label, icon: Icon }, i) => (
        <Link
          key={path}
          to={path}
          activeOptions={{ exact: path === '/', includeSearch: false }}
          title={`${t(label)} (Ctrl ${i + 1})`}
        >
          <Icon size={16} strokeWidth={1.5} aria-hidden="true" />
          <span className={s.label}>{t(label)}</span>
          <span className={s.key} aria-hidden="true">
            {i + 1}
          </span>
        </Link>
      ))}
    </nav>
  );
}
