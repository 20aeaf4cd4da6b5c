import { Columns2, Gauge, ListTree, type LucideIcon, Network } from 'lucide-react';
import type { MessageId } from './i18n/en.ts';

export interface ScreenEntry {
  path: '/' | '/runs' | '/preview' | '/audit';
  label: MessageId;
  icon: LucideIcon;
}

/** The screens that exist, in the order of their keys. */
export const SCREENS: readonly ScreenEntry[] = [
  { path: '/', label: 'screen.dashboard', icon: Gauge },
  { path: '/runs', label: 'screen.runs', icon: ListTree },
  { path: '/preview', label: 'screen.preview', icon: Columns2 },
  { path: '/audit', label: 'screen.audit', icon: Network },
];
