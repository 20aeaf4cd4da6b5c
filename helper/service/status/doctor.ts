import { existsSync, statfsSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { Probe } from '../../../shared/contract/cage.ts';
import type { DoctorCheck } from '../../../shared/contract/system.ts';
import type { AkiosError } from '../../../shared/domain/errors.ts';
import type { TextRedactor } from '../../engine/port.ts';
import { keepVerifyReport } from '../../store/ledger/stats.ts';
import { testRedaction } from '../cage/self-tests.ts';
import type { Deps } from '../deps.ts';
import type { OpenProject } from '../projects/projects.ts';

const MiB = 1024 * 1024;
const DISK_WARN = 100 * MiB;
const DISK_FAIL = 10 * MiB;
/** Losing one of these takes the cage to Refuse; the others only soften limits. */
const HARD = /^P[1-6]$/;

/** Every check with what was seen now; nothing is taken from an earlier start. */
export async function doctorChecks(
  deps: Deps,
  project: OpenProject | null,
  /** Why the settings, or the project as a whole, cannot be used. */
  fault: AkiosError | null = project?.settingsFault ?? null,
) {
  const report = await deps.prober.fresh();
  const checks: DoctorCheck[] = [
    runtimeCheck(),
    kernelCheck(),
    ...report.probes.map(probeCheck),
    diskCheck(project?.dir ?? deps.stateDir),
    stateCheck(deps.stateDir),
    workerCheck(deps),
    await redactionCheck(project?.redactor ?? deps.builtin),
    clockCheck(),
    ...(fault === null
      ? []
      : [fault.code === 'CONFIG_INVALID' ? settingsCheck(fault) : closedCheck(fault)]),
    ...(project === null ? [] : await projectChecks(deps, project)),
  ];
  const count = (status: DoctorCheck['status']): number =>
    checks.filter((c) => c.status === status).length;
  const summary = {
    pass: count('PASS'),
    warn: count('WARN'),
    fail: count('FAIL'),
    unknown: count('UNKNOWN'),
  };
  return {
    checks,
    summary,
    total: checks.length,
    healthy: summary.fail === 0,
    level: report.level,
  };
}

function check(
  id: string,
  name: string,
  status: DoctorCheck['status'],
  facts: { message: string; observed: string; needed: string; fix?: string; command?: string },
): DoctorCheck {
  const { fix } = facts;
  return {
    id,
    name,
    status,
    ...facts,
    ...(fix === undefined ? {} : { suggestion: fix }),
    safe_to_apply: false,
  };
}

function probeCheck(probe: Probe): DoctorCheck {
  const status =
    probe.ok === null ? 'UNKNOWN' : probe.ok ? 'PASS' : HARD.test(probe.id) ? 'FAIL' : 'WARN';
  return {
    ...check(probe.id, probe.title, status, {
      message: probe.ok === true ? 'proved' : probe.ok === null ? 'not measured' : 'not met',
      observed: probe.observed,
      needed: probe.needed,
      ...(probe.fix === undefined ? {} : { fix: probe.fix }),
    }),
    ...(probe.effectOnLevel === undefined ? {} : { effect_on_level: probe.effectOnLevel }),
  };
}

function runtimeCheck(): DoctorCheck {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 22 || (major === 22 && minor >= 18);
  return check('D1', 'Node of the helper', ok ? 'PASS' : 'FAIL', {
    message: ok ? 'recent enough' : 'too old',
    observed: process.versions.node,
    needed: '22.18 or newer',
    ...(ok ? {} : { fix: 'Run npm run setup in the product folder.' }),
  });
}

function kernelCheck(): DoctorCheck {
  const [major = 0, minor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  const ok = process.platform === 'linux' && (major > 5 || (major === 5 && minor >= 4));
  return check('D2', 'Kernel', ok ? 'PASS' : 'FAIL', {
    message: ok ? 'recent enough' : 'too old or not Linux',
    observed: `${process.platform} ${release()}`,
    needed: 'Linux 5.4 or newer',
  });
}

function diskCheck(path: string): DoctorCheck {
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  const status = free < DISK_FAIL ? 'FAIL' : free < DISK_WARN ? 'WARN' : 'PASS';
  return check('D3', 'Disk space', status, {
    message: status === 'PASS' ? 'enough' : 'nearly full',
    observed: `${Math.floor(free / MiB)} MiB free at ${path}`,
    needed: `${DISK_WARN / MiB} MiB; below ${DISK_FAIL / MiB} MiB the ledger cannot be written`,
    ...(status === 'PASS'
      ? {}
      : { fix: 'Free some space; nothing runs without a durable ledger.' }),
  });
}

function stateCheck(stateDir: string): DoctorCheck {
  const { mode, uid } = statSync(stateDir);
  const ok = (mode & 0o022) === 0 && uid === process.getuid?.();
  return check('D4', 'State folder', ok ? 'PASS' : 'FAIL', {
    message: ok ? 'private' : 'others can change it',
    observed: `mode ${(mode & 0o777).toString(8)}, owner ${uid}, ${stateDir}`,
    needed: 'owned by this user, not writable by others',
    ...(ok ? {} : { fix: `chmod 700 ${stateDir}` }),
  });
}

function workerCheck({ assets }: Deps): DoctorCheck {
  const file = join(assets, '..', 'dist', 'worker', 'main.mjs');
  const ok = existsSync(file);
  return check('D5', 'Caged worker', ok ? 'PASS' : 'FAIL', {
    message: ok ? 'built' : 'missing',
    observed: ok ? file : 'not there',
    needed: 'the built worker program',
    ...(ok ? {} : { fix: 'npm run build', command: 'npm run build' }),
  });
}

async function redactionCheck(redactor: TextRedactor): Promise<DoctorCheck> {
  const result = await testRedaction(redactor);
  return check('D6', 'Redaction self-test', result.ok ? 'PASS' : 'FAIL', {
    message: result.detail,
    observed: result.detail,
    needed: 'every planted value replaced',
  });
}

function clockCheck(): DoctorCheck {
  const year = new Date().getUTCFullYear();
  const ok = year >= 2026 && year < 2100;
  return check('D7', 'Clock', ok ? 'PASS' : 'WARN', {
    message: ok ? 'plausible' : 'not plausible',
    observed: new Date().toISOString(),
    needed: 'a date after this product was made',
    ...(ok ? {} : { fix: 'Set the clock; times in the ledger come from it.' }),
  });
}

function settingsCheck(fault: AkiosError): DoctorCheck {
  const { message, where, hint } = fault.toValue();
  return check('C1', 'config.yaml', 'FAIL', {
    message: 'invalid; nothing starts',
    observed: where === undefined ? message : `${where}: ${message}`,
    needed: 'known keys and values',
    fix: hint ?? 'Correct the file; docs/config.md has every key.',
  });
}

function closedCheck(fault: AkiosError): DoctorCheck {
  const { code, message, hint } = fault.toValue();
  return check('C2', 'Ledger', 'FAIL', {
    message: 'the project cannot be opened; nothing starts in it',
    observed: `${code}: ${message}`,
    needed: 'a project folder whose ledger can be written',
    fix: hint ?? 'Check disk and access rights of the project folder.',
  });
}

async function projectChecks(deps: Deps, project: OpenProject): Promise<DoctorCheck[]> {
  const report = await deps.verify(project, 'full');
  keepVerifyReport(project.paths, report);
  const warnings = project.settings.warnings;
  const valid = check('C1', 'config.yaml', warnings.length === 0 ? 'PASS' : 'WARN', {
    message: warnings.length === 0 ? 'valid' : warnings.join(' '),
    observed: `${project.dir}/config.yaml, policy ${project.policyDigest.slice(0, 12)}`,
    needed: 'known keys and values',
  });
  return [
    ...(project.settingsFault === null ? [valid] : []),
    check(
      'C2',
      'Ledger',
      report.exitCode === 0 ? 'PASS' : report.exitCode === 3 ? 'WARN' : 'FAIL',
      {
        message: report.ok ? 'verified' : report.findings.map((f) => f.code).join(', '),
        observed: `${report.size ?? 0} records, ${report.anchored ? 'anchored' : 'not anchored'}`,
        needed: 'consistent with the trusted key and the newest anchor',
        ...(report.ok
          ? {}
          : { fix: 'Keep the files as they are and compare with a backup: akios audit verify.' }),
      },
    ),
  ];
}
