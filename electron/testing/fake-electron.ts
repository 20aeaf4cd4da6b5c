import { EventEmitter } from 'node:events';
import type { Electron } from '../facade.ts';

type Handler = (...args: unknown[]) => unknown;

/** A page as the shell sees it; `url` is where its main frame claims to be. */
export class FakeContents extends EventEmitter {
  readonly id: number;
  readonly mainFrame: { url: string };
  readonly sent: unknown[][] = [];
  destroyed = false;
  openHandler: ((details: { url: string }) => { action: string }) | undefined;

  constructor(id: number, url: string) {
    super();
    this.id = id;
    this.mainFrame = { url };
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  send(...args: unknown[]): void {
    this.sent.push(args);
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('destroyed');
  }
}

export class FakeWindow extends EventEmitter {
  readonly webContents: FakeContents;
  readonly options: unknown;
  readonly loaded: string[] = [];
  shown = false;
  destroyed = false;

  constructor(options: unknown, contents: FakeContents) {
    super();
    this.options = options;
    this.webContents = contents;
  }
  loadURL(url: string): Promise<void> {
    this.loaded.push(url);
    this.webContents.mainFrame.url = url;
    return Promise.resolve();
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  isMinimized(): boolean {
    return false;
  }
  restore(): void {
    this.shown = true;
  }
  focus(): void {
    this.shown = true;
  }
  show(): void {
    this.shown = true;
  }
}

export interface FakeSession {
  permissionRequest: Handler;
  permissionCheck: Handler;
  devicePermission: Handler;
  beforeRequest: Handler;
  spellChecker: boolean | undefined;
}

/** What the tests look at afterwards. */
export interface FakeRecord {
  sandboxed: boolean;
  switches: string[];
  schemes: unknown[];
  schemeHandler: ((request: Request) => Promise<Response>) | undefined;
  ipc: Map<string, Handler>;
  windows: FakeWindow[];
  opened: string[];
  quits: number;
  session: FakeSession;
  trayMenus: { label?: string; click?: () => void }[][];
}

const unset: Handler = () => {
  throw new Error('this handler was never set');
};

/** A fake of the used parts of Electron; `Electron`'s own types hold the shell's side honest. */
export function fakeElectron(options: { firstInstance?: boolean } = {}): {
  electron: Electron;
  app: EventEmitter;
  record: FakeRecord;
} {
  const record: FakeRecord = {
    sandboxed: false,
    switches: [],
    schemes: [],
    schemeHandler: undefined,
    ipc: new Map(),
    windows: [],
    opened: [],
    quits: 0,
    session: {
      permissionRequest: unset,
      permissionCheck: unset,
      devicePermission: unset,
      beforeRequest: unset,
      spellChecker: undefined,
    },
    trayMenus: [],
  };
  const app = Object.assign(new EventEmitter(), {
    isPackaged: true,
    requestSingleInstanceLock: () => options.firstInstance ?? true,
    enableSandbox: () => {
      record.sandboxed = true;
    },
    commandLine: { appendSwitch: (name: string) => record.switches.push(name) },
    quit: () => {
      record.quits += 1;
    },
  });
  let nextId = 0;
  const parts = {
    app,
    BrowserWindow: function BrowserWindow(windowOptions: unknown): FakeWindow {
      nextId += 1;
      const contents = new FakeContents(nextId, '');
      const window = new FakeWindow(windowOptions, contents);
      record.windows.push(window);
      app.emit('web-contents-created', {}, contents);
      return window;
    },
    ipcMain: {
      handle: (channel: string, handler: Handler) => record.ipc.set(channel, handler),
      removeHandler: (channel: string) => record.ipc.delete(channel),
    },
    Menu: {
      buildFromTemplate: (items: { label?: string; click?: () => void }[]) => {
        record.trayMenus.push(items);
        return items;
      },
    },
    nativeImage: { createFromPath: (path: string) => ({ path }) },
    nativeTheme: { shouldUseDarkColors: true },
    protocol: {
      registerSchemesAsPrivileged: (schemes: unknown[]) => record.schemes.push(...schemes),
      handle: (_scheme: string, handler: (request: Request) => Promise<Response>) => {
        record.schemeHandler = handler;
      },
    },
    session: { defaultSession: fakeSession(record.session) },
    shell: {
      openExternal: (url: string) => {
        record.opened.push(url);
        return Promise.resolve();
      },
    },
    Tray: function Tray(): unknown {
      return Object.assign(new EventEmitter(), {
        setToolTip: () => true,
        setContextMenu: () => true,
        destroy: () => undefined,
      });
    },
  };
  return { electron: parts as unknown as Electron, app, record };
}

function fakeSession(record: FakeSession): unknown {
  return Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: (handler: Handler) => {
      record.permissionRequest = handler;
    },
    setPermissionCheckHandler: (handler: Handler) => {
      record.permissionCheck = handler;
    },
    setDevicePermissionHandler: (handler: Handler) => {
      record.devicePermission = handler;
    },
    setSpellCheckerEnabled: (on: boolean) => {
      record.spellChecker = on;
    },
    webRequest: {
      onBeforeRequest: (handler: Handler) => {
        record.beforeRequest = handler;
      },
    },
  });
}
