import type { BrowserWindow, Tray } from 'electron';
import { Bridge, type HelperPort } from './bridge/bridge.ts';
import type { Electron } from './facade.ts';
import { type Clock, type HelperControl, HelperSupervisor } from './helper-process/supervisor.ts';
import { hardenContents } from './security/contents.ts';
import { linkInArguments, routeOfLink } from './security/deep-link.ts';
import { APP_SCHEME, START_URL } from './security/origin.ts';
import { type BundleFiles, serveBundle } from './security/scheme.ts';
import { hardenSession } from './security/session.ts';
import { createTray } from './window/tray.ts';
import { openWindow } from './window/window.ts';

export interface ShellPorts {
  preload: string;
  icon: string;
  files: BundleFiles;
  helper: HelperPort;
  control: HelperControl;
  clock: Clock;
  argv: readonly string[];
  log(line: string): void;
}

/** What must happen before Electron is ready; false when another instance has the console. */
export function prepare(electron: Electron, ports: ShellPorts): boolean {
  if (!electron.app.requestSingleInstanceLock()) {
    electron.app.quit();
    return false;
  }
  electron.app.enableSandbox();
  electron.app.commandLine.appendSwitch('disable-crash-reporter');
  electron.protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
  hardenContents(electron, ports.log);
  return true;
}

/** Opens the console: session, scheme, bridge, helper, window, tray. */
export class Shell {
  readonly #electron: Electron;
  readonly #ports: ShellPorts;
  readonly #bridge: Bridge;
  readonly #supervisor: HelperSupervisor;
  #window: BrowserWindow | undefined;
  #tray: Tray | undefined;

  constructor(electron: Electron, ports: ShellPorts) {
    this.#electron = electron;
    this.#ports = ports;
    this.#bridge = new Bridge(electron, ports.helper, ports.log);
    this.#supervisor = new HelperSupervisor(ports.control, ports.clock, (state) => {
      if (state.name === 'unknown') ports.log(`helper unknown: ${state.reason}`);
    });
  }

  async open(): Promise<void> {
    const { app, session, protocol } = this.#electron;
    hardenSession(session.defaultSession);
    protocol.handle(APP_SCHEME, (request) =>
      serveBundle(request.url, request.method, this.#ports.files),
    );
    this.#bridge.start();
    app.on('second-instance', (_event, argv) => this.show(linkInArguments(argv)));
    app.on('open-url', (event, url) => {
      event.preventDefault();
      this.show(routeOfLink(url));
    });
    app.on('activate', () => this.show(null));
    app.on('window-all-closed', () => app.quit());
    app.on('will-quit', () => this.dispose());
    this.#tray = createTray(this.#electron, this.#ports.icon, {
      open: () => this.show(null),
      // The Dashboard holds the button; the dialog of that name is for switching protections off.
      raise: () => this.show('#/'),
      lower: () => this.show('#/?dialog=lower'),
      quit: () => app.quit(),
    });
    await this.#supervisor.start();
    this.show(linkInArguments(this.#ports.argv));
  }

  /** Shows the one window, at a route when a link asked for one. */
  show(route: string | null): void {
    if (this.#window === undefined || this.#window.isDestroyed()) {
      const { preload, log } = this.#ports;
      this.#window = openWindow(this.#electron, preload, route ?? '', log, (contents) =>
        this.#bridge.admit(contents),
      );
      return;
    }
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.focus();
    if (route !== null) {
      // Only the fragment changes, so the page is not loaded again.
      this.#window.loadURL(`${START_URL}${route}`).catch((error: unknown) => {
        this.#ports.log(`the console did not follow a link: ${String(error)}`);
      });
    }
  }

  dispose(): void {
    this.#tray?.destroy();
    this.#tray = undefined;
    this.#supervisor.stop();
    this.#bridge.dispose();
  }
}
