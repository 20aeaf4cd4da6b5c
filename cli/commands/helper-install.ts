import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../../shared/client/client.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import { LEVEL_LABEL } from '../../shared/domain/states.ts';
import { stopHelper } from '../../shared/node/helper-start.ts';
import { SERVICE } from '../../shared/node/system-service.ts';
import { unixTransport } from '../../shared/node/unix-transport.ts';
import { type Account, addMember, ensureAccount, removeAccount } from '../install/account.ts';
import { firstWritable, installTree } from '../install/copy.ts';
import { must, requireSystem, thisMachine } from '../install/machine.ts';
import { nodePlace, planFiles } from '../install/plan.ts';
import { unitText } from '../install/unit.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';

const NONE = { min: 0, max: 0 };
const HEALTH_LIMIT_MS = 120_000;
const MOST_RESTARTS = 3;
/** The product's own folder, seen from the built command and from its source alike. */
const PRODUCT = join(import.meta.dirname, '..', '..');

/** Makes or upgrades the system service. Every step finds what an earlier time has left. */
export async function install(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'helper install [--user NAME]... [--json]',
    { user: { type: 'string', multiple: true } },
    NONE,
  );
  const members = values.user ?? [];
  requireSystem(thisMachine, 'install');
  const plan = planFiles(PRODUCT, process.execPath);
  const upgraded = lstatSync(SERVICE.unitFile, { throwIfNoEntry: false }) !== undefined;
  const account = ensureAccount(thisMachine);
  for (const name of members) addMember(thisMachine, name);
  // It refuses while runs are live: an upgrade ends nobody's work.
  await stopHelper({ ...TARGET, command: ['/bin/false'] });
  installTree(plan, SERVICE.program);
  refuseWritable();
  makeProjects(account);
  writeFileSync(SERVICE.unitFile, unitText(join(SERVICE.program, nodePlace())), { mode: 0o644 });
  chmodSync(SERVICE.unitFile, 0o644);
  must(thisMachine, 'systemctl', ['daemon-reload']);
  must(thisMachine, 'systemctl', ['enable', '--quiet', SERVICE.unit]);
  must(thisMachine, 'systemctl', ['restart', SERVICE.unit]);
  linkCommand();
  const { version, level } = await healthy();
  if (io.json) {
    const { socket, program, state, projects } = SERVICE;
    return printJson(io, { upgraded, version, level, members, socket, program, state, projects });
  }
  io.out(`The system helper ${upgraded ? 'was upgraded' : 'is installed'}: version ${version}.`);
  io.out(`Security Level: ${LEVEL_LABEL[level]}`);
  io.out(`Socket: ${SERVICE.socket} (members of the group ${SERVICE.group})`);
  io.out(`Projects: ${SERVICE.projects}`);
  io.out(
    members.length > 0
      ? `New members log in again first: ${members.join(', ')}`
      : `To let a person use it: sudo akios helper install --user NAME`,
  );
  return 0;
}

const TARGET = { socket: SERVICE.socket, build: '' };

/** The service must never run what somebody but root can write. */
function refuseWritable(): void {
  const bad = firstWritable(SERVICE.program);
  if (bad === null) return;
  throw new AkiosError(
    'DENIED',
    `${bad} can be written by others than root; nothing was started.`,
    {
      hint: `sudo chown root:root ${bad} && sudo chmod go-w ${bad}`,
    },
  );
}

/** A folder that the service and its members share: what is made in it belongs to the group. */
function makeProjects({ uid, gid }: Account): void {
  if (lstatSync(SERVICE.projects, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(SERVICE.projects, { mode: 0o700 });
  chownSync(SERVICE.projects, uid, gid);
  chmodSync(SERVICE.projects, 0o2770);
}

const commandTarget = join(SERVICE.program, 'bin', 'akios');

function ownsCommand(): boolean {
  const stat = lstatSync(SERVICE.command, { throwIfNoEntry: false });
  return stat?.isSymbolicLink() === true && readlinkSync(SERVICE.command) === commandTarget;
}

/** A command of that name which is not ours stays. */
function linkCommand(): void {
  if (lstatSync(SERVICE.command, { throwIfNoEntry: false }) === undefined) {
    symlinkSync(commandTarget, SERVICE.command);
  }
}

/** systemd starts it anew after a failure; a program that cannot start fails each time. */
function restarts(): number {
  const show = ['show', '--property=NRestarts', '--value', SERVICE.unit];
  return Number(thisMachine.run('systemctl', show).out.trim());
}

/** Waits until the new build answers and has proved its cage. */
async function healthy(): Promise<{ version: string; level: keyof typeof LEVEL_LABEL }> {
  const { digest } = JSON.parse(
    readFileSync(join(SERVICE.program, 'dist', 'build.json'), 'utf8'),
  ) as { digest: string };
  const client = createClient(unixTransport({ socket: SERVICE.socket, build: digest }));
  const limit = Date.now() + HEALTH_LIMIT_MS;
  for (;;) {
    const health = await client.call('health', {});
    if (health.ok) {
      const doctor = await client.call('doctor', {});
      if (!doctor.ok) throw AkiosError.fromValue(doctor.error);
      return { version: health.value.version, level: doctor.value.level };
    }
    if (restarts() >= MOST_RESTARTS || Date.now() > limit) {
      throw new AkiosError('HELPER_UNREACHABLE', 'The system helper did not come up.', {
        hint: `Its reason: journalctl -u ${SERVICE.unit} -n 20`,
        details: { socket: health.error.code },
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Removes service and program; state, account and projects stay unless `--purge` is given. */
export async function uninstall(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'helper uninstall [--purge] [--json]',
    { purge: { type: 'boolean' } },
    NONE,
  );
  const purge = values.purge === true;
  requireSystem(thisMachine, 'uninstall');
  await stopHelper({ ...TARGET, command: ['/bin/false'] });
  const removed: string[] = [];
  if (
    remove(SERVICE.unitFile, removed, () => {
      must(thisMachine, 'systemctl', ['disable', '--now', '--quiet', SERVICE.unit]);
    })
  ) {
    must(thisMachine, 'systemctl', ['daemon-reload']);
  }
  if (ownsCommand()) remove(SERVICE.command, removed);
  remove(SERVICE.program, removed);
  const kept: string[] = [];
  if (purge) {
    remove(`${SERVICE.unitFile}.d`, removed);
    remove(SERVICE.state, removed);
    removeAccount(thisMachine);
  }
  for (const path of [SERVICE.state, SERVICE.projects]) {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) continue;
    if (purge && readdirSync(path).length === 0) {
      rmdirSync(path);
      removed.push(path);
    } else kept.push(path);
  }
  if (io.json) return printJson(io, { removed, kept, purged: purge });
  io.out(removed.length > 0 ? `Removed: ${removed.join(', ')}` : 'Nothing was installed.');
  if (kept.length > 0) io.out(`Kept: ${kept.join(', ')}`);
  return 0;
}

function remove(path: string, removed: string[], before?: () => void): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  before?.();
  rmSync(path, { recursive: true, force: true });
  removed.push(path);
  return true;
}
