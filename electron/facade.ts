/**
 * The parts of Electron this shell uses. Everything but `main.ts` and `preload.ts` receives them as
 * a parameter, so the hardening is tested in plain Node with a fake held to Electron's own types.
 */
export type Electron = Pick<
  typeof import('electron'),
  | 'app'
  | 'BrowserWindow'
  | 'ipcMain'
  | 'Menu'
  | 'nativeImage'
  | 'nativeTheme'
  | 'protocol'
  | 'session'
  | 'shell'
  | 'Tray'
>;
