import { enAudit } from './en-audit.ts';
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
} as const;

export type MessageId = keyof typeof en;
