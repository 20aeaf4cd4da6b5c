import { enAudit } from './en-audit.ts';
import { enCheckpoint } from './en-checkpoint.ts';
import { enDashboard } from './en-dashboard.ts';
import { enPreview } from './en-preview.ts';
import { enRuns } from './en-runs.ts';
import { enShell } from './en-shell.ts';

export const en = {
  ...enShell,
  ...enDashboard,
  ...enRuns,
  ...enPreview,
  ...enAudit,
  ...enCheckpoint,
} as const;

export type MessageId = keyof typeof en;
