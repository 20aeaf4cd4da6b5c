import type { Egress } from '../cage/egress/port.ts';
import type { Config } from '../core/config/fields.ts';
import { hasSystemLog, toSystemLog } from '../store/ledger/system-log.ts';
import type { UpkeepPorts, UpkeepSettings } from '../store/ledger/upkeep.ts';

const WITNESS_MS = 10_000;
const WITNESS_BYTES = 65_536;
/** Two requests a minute for a handful of projects. */
const WITNESS_A_DAY = 20_000;

/** Settings of a ledger outside any project. */
export const USER_LEDGER_UPKEEP: UpkeepSettings = {
  rotationEvents: 50_000,
  retentionDays: 0,
  archiveDays: 0,
  legalHold: false,
  syslog: true,
  files: [],
  witness: null,
};

/** What the settings of a project ask of the upkeep of its ledger. */
export function upkeepSettings(config: Config): UpkeepSettings {
  const { audit_witness_url: url, audit_witness_key: key } = config;
  return {
    rotationEvents: config.audit_rotation_events,
    retentionDays: config.audit_retention_days,
    archiveDays: config.audit_archive_days,
    legalHold: config.audit_legal_hold,
    syslog: config.audit_anchor_syslog,
    files: config.audit_anchor_files,
    witness: url === undefined || key === undefined ? null : { url, key },
  };
}

/** Upkeep reaches a witness through the egress alone: one named host, public addresses only. */
export function upkeepPorts(
  settings: () => UpkeepSettings,
  egress: Egress,
  fault: (where: string, error: unknown) => void,
): UpkeepPorts {
  return {
    settings,
    syslog: hasSystemLog() ? toSystemLog : null,
    fault,
    async post(url, body) {
      const { hostname, port } = new URL(url);
      const policy = {
        // The egress counts by this name for as long as it runs: a day's anchors have one quota.
        run: `audit-witness ${hostname} ${new Date().toISOString().slice(0, 10)}`,
        rules: [{ host: hostname, ports: [port === '' ? 443 : Number(port)] }],
        maxConnections: WITNESS_A_DAY,
        maxBytes: WITNESS_A_DAY * WITNESS_BYTES,
      };
      const answer = await egress.request(policy, {
        method: 'POST',
        url,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body,
        timeoutMs: WITNESS_MS,
        maxResponseBytes: WITNESS_BYTES,
      });
      return { status: answer.status, text: new TextDecoder().decode(answer.body) };
    },
  };
}
