import { AkiosError } from '../../shared/domain/errors.ts';
import { SERVICE } from '../../shared/node/system-service.ts';
import { type Machine, must } from './machine.ts';

export interface Account {
  uid: number;
  gid: number;
}

function find(machine: Machine, name: string): (Account & { shell: string }) | null {
  const done = machine.run('getent', ['passwd', name]);
  if (done.status !== 0) return null;
  const [, , uid, gid, , , shell = ''] = done.out.trim().split(':');
  return { uid: Number(uid), gid: Number(gid), shell };
}

/** The service's own user and group, made when they are not there. */
export function ensureAccount(machine: Machine): Account {
  const known = find(machine, SERVICE.user);
  if (known === null) {
    must(machine, 'useradd', [
      ...['--system', '--user-group', '--no-create-home', '--home-dir', SERVICE.state],
      ...['--shell', '/usr/sbin/nologin', '--comment', 'AKIOS helper', SERVICE.user],
    ]);
  }
  const account = known ?? find(machine, SERVICE.user);
  if (account === null || !/\/(?:nologin|false)$/.test(account.shell) || account.uid === 0) {
    throw new AkiosError('CONFLICT', `The account ${SERVICE.user} is not one for a service.`, {
      hint: `A person seems to use it (${account?.shell ?? 'no entry'}); rename that account first.`,
    });
  }
  return { uid: account.uid, gid: account.gid };
}

/** Lets a person speak to the system helper. @throws AkiosError INPUT_INVALID */
export function addMember(machine: Machine, name: string): void {
  if (!/^[a-z_][a-z0-9_-]{0,31}\$?$/i.test(name) || find(machine, name) === null) {
    throw new AkiosError('INPUT_INVALID', `There is no user ${JSON.stringify(name)}.`, {
      where: '--user',
    });
  }
  must(machine, 'usermod', ['--append', '--groups', SERVICE.group, name]);
}

export function removeAccount(machine: Machine): void {
  if (find(machine, SERVICE.user) !== null) must(machine, 'userdel', [SERVICE.user]);
  if (machine.run('getent', ['group', SERVICE.group]).status === 0) {
    must(machine, 'groupdel', [SERVICE.group]);
  }
}
