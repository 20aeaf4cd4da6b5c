import { existsSync, readFileSync } from 'node:fs';

function sysctl(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

export interface UsernsSettings {
  /** kernel.apparmor_restrict_unprivileged_userns */
  apparmor: string | null;
  /** kernel.unprivileged_userns_clone */
  clone: string | null;
  /** user.max_user_namespaces */
  most: string | null;
}

export function readUsernsSettings(): UsernsSettings {
  return {
    apparmor: sysctl('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'),
    clone: sysctl('/proc/sys/kernel/unprivileged_userns_clone'),
    most: sysctl('/proc/sys/user/max_user_namespaces'),
  };
}

const APPARMOR =
  'AppArmor refuses user namespaces to unconfined programs. Load the profile for bubblewrap that the distribution ships: sudo apt-get install apparmor-profiles && sudo ln -sf /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && sudo systemctl reload apparmor. Leave kernel.apparmor_restrict_unprivileged_userns on.';

/** One fix for a trial cage that could not be built, from what bubblewrap said and the settings. */
export function trialAdvice(said: string, settings: UsernsSettings): string {
  if (settings.most === '0') {
    return 'User namespaces are turned off: sudo sysctl -w user.max_user_namespaces=15000';
  }
  if (settings.clone === '0') {
    return 'User namespaces are refused to ordinary users: sudo sysctl -w kernel.unprivileged_userns_clone=1';
  }
  const refused = /setting up uid map|RTM_NEWADDR|creat.*namespace|No permissions to create/i;
  if (settings.apparmor === '1' && (refused.test(said) || /Permission denied/.test(said))) {
    return APPARMOR;
  }
  if (refused.test(said)) {
    return 'This system refuses user namespaces (often: inside another container). Run the helper on the host itself.';
  }
  return 'Run the helper on a Linux host with bubblewrap 0.8 or newer and kernel 5.14 or newer, outside other containers.';
}
