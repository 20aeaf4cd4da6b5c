import { readFileSync } from 'node:fs';
import { AkiosError } from '../shared/domain/errors.ts';

function entries(file: string): string[][] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
}

/**
 * True when this helper is the one of a group. The group must be this process's own: files and the
 * socket that it makes belong to that one and to no other.
 * @throws AkiosError CONFIG_INVALID
 */
export function sharedGroup(name: string | undefined, file = '/etc/group'): boolean {
  if (name === undefined || name === '') return false;
  const gid = entries(file).find((entry) => entry[0] === name)?.[2];
  if (gid !== undefined && gid !== '0' && Number(gid) === process.getegid?.()) return true;
  throw new AkiosError(
    'CONFIG_INVALID',
    `AKIOS_SOCKET_GROUP: ${name} is not the group it runs as.`,
    {
      hint: 'Only the unit of the system service sets it: sudo akios helper install.',
    },
  );
}

/** The account a user id belongs to, as the ledger names it; `uid-N` for one without an entry. */
export function accountName(uid: number, file = '/etc/passwd'): string {
  return entries(file).find((entry) => entry[2] === String(uid))?.[0] ?? `uid-${uid}`;
}
