import type { Tray } from 'electron';
import type { Electron } from '../facade.ts';

export interface TrayActions {
  open(): void;
  raise(): void;
  lower(): void;
  quit(): void;
}

/**
 * A convenience, never the only way: every entry stands in the window too. It names no state: the
 * shell follows no project by itself, and an old word would be believed. The caller keeps the tray;
 * one that nobody holds is taken away by the garbage collector.
 */
export function createTray(electron: Electron, iconPath: string, actions: TrayActions): Tray {
  const tray = new electron.Tray(electron.nativeImage.createFromPath(iconPath));
  tray.setToolTip('AKIOS Console');
  tray.setContextMenu(
    electron.Menu.buildFromTemplate([
      { label: 'Open console', click: actions.open },
      { type: 'separator' },
      { label: 'Raise cage…', click: actions.raise },
      { label: 'Lower cage…', click: actions.lower },
      { type: 'separator' },
      { label: 'Quit', click: actions.quit },
    ]),
  );
  tray.on('click', actions.open);
  return tray;
}
