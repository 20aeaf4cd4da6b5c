import { Autocomplete, useFilter } from 'react-aria-components/Autocomplete';
import { Dialog } from 'react-aria-components/Dialog';
import { Header } from 'react-aria-components/Header';
import { Input } from 'react-aria-components/Input';
import { Menu, MenuItem, MenuSection } from 'react-aria-components/Menu';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { SearchField } from 'react-aria-components/SearchField';
import { cx } from '../../ui/cx.ts';
import { useT } from '../i18n/use-t.ts';
import { useUi } from '../ui-state.ts';
import s from './layers.module.css';
import { type Command, useRegistry } from './registry.ts';

const GROUPS = ['act', 'go', 'view'] as const;

/** The screen's own form of a command wins over the general one that leads to the screen. */
const unique = (commands: readonly Command[]): Command[] => [
  ...new Map(commands.map((c) => [c.id, c])).values(),
];

/** Every command there is, with its shortcut; what cannot be run says why. */
export function Palette() {
  const t = useT();
  const setLayer = useUi((u) => u.setLayer);
  const byOwner = useRegistry((r) => r.byOwner);
  const own = [...byOwner].filter(([owner]) => owner !== 'shell').flatMap(([, list]) => list);
  const commands = unique([...(byOwner.get('shell') ?? []), ...own]);
  const { contains } = useFilter({ sensitivity: 'base' });
  const run = (id: string): void => {
    const command = commands.find((c) => c.id === id);
    setLayer(null);
    command?.run();
  };
  return (
    <ModalOverlay className={cx(s.veil)} isOpen isDismissable onOpenChange={() => setLayer(null)}>
      <Modal className={cx(s.palette)}>
        <Dialog aria-label={t('palette.title')} className={cx(s.dialog)}>
          <Autocomplete filter={contains}>
            <SearchField aria-label={t('palette.title')} autoFocus className={cx(s.search)}>
              <Input placeholder={t('palette.placeholder')} className={cx(s.input)} />
            </SearchField>
            <Menu
              className={cx(s.menu)}
              onAction={(key) => run(String(key))}
              renderEmptyState={() => <p className={s.none}>{t('palette.none')}</p>}
              disabledKeys={commands.filter((c) => c.disabledReason !== undefined).map((c) => c.id)}
            >
              {GROUPS.filter((g) => commands.some((c) => c.group === g)).map((group) => (
                <MenuSection key={group}>
                  <Header className={s.group}>{t(`palette.group.${group}`)}</Header>
                  {commands
                    .filter((c) => c.group === group)
                    .map((c) => (
                      <PaletteItem key={c.id} command={c} />
                    ))}
                </MenuSection>
              ))}
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function PaletteItem({ command }: { command: Command }) {
  return (
    <MenuItem id={command.id} textValue={command.label} className={cx(s.item)}>
      <span>{command.label}</span>
      {command.disabledReason !== undefined && (
        <span className={s.why}>{command.disabledReason}</span>
      )}
      {command.shortcut !== undefined && <kbd>{command.shortcut}</kbd>}
    </MenuItem>
  );
}
