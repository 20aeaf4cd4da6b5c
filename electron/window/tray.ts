import type { Tray } from 'electron';
import type { Electron } from '../facade.ts';

export interface TrayActions {
  open(): void;
  raise(): void;
  lower(): void;
  quit(): void;
}

/** A convenience, never the only way: every entry stands in the window too. */
export function createTray(
  electron: Electron,
  iconPath: string,
  actions: TrayActions,
): { tray: Tray; show(state: string): void } {
  const tray = new electron.Tray(electron.nativeImage.createFromPath(iconPath));
  const show = (state: string): void => {
    tray.setToolTip(`AKIOS: cage ${state}`);
    tray.setContextMenu(
      electron.Menu.buildFromTemplate([
        { label: `Cage: ${state}`, enabled: false },
        { type: 'separator' },
        { label: 'Raise cage', click: actions.raise },
        { label: 'Lower cage…', click: actions.lower },
        { type: 'separator' },
        { label: 'Open console', click: actions.open },
        { label: 'Quit', click: actions.quit },
      ]),
    );
  };
  show('unknown');
  tray.on('click', actions.open);
  return { tray, show };
}
