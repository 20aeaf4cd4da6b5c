import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { useT } from '../app/i18n/use-t.ts';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';
import s from './layer.module.css';

interface LayerProps {
  title: string;
  onClose(): void;
  children: ReactNode;
  /** The row of buttons at the end. */
  actions?: ReactNode;
  wide?: boolean;
  role?: 'dialog' | 'alertdialog';
}

/** A floating layer over the screen: focus stays inside, Esc closes it, focus returns. */
export function Layer({
  title,
  onClose,
  children,
  actions,
  wide = false,
  role = 'dialog',
}: LayerProps) {
  const t = useT();
  return (
    <ModalOverlay
      className={cx(s.veil)}
      isOpen
      isDismissable={role === 'dialog'}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={cx(s.layer, wide && s.wide)}>
        <Dialog className={cx(s.dialog)} role={role}>
          <header className={s.head}>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <IconButton label={t('action.close')} onPress={onClose}>
              <X size={16} strokeWidth={1.5} />
            </IconButton>
          </header>
          <div className={s.body}>{children}</div>
          {actions !== undefined && <footer className={s.actions}>{actions}</footer>}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
