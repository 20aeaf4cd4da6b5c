/** Every type specification, in one list. */
import type { TypeSpec } from '../model.ts';
import { DIGITAL } from './digital.ts';
import { FINANCIAL } from './financial.ts';
import { GOVERNMENT } from './government.ts';
import { GOVERNMENT_EU } from './government-eu.ts';
import { HEALTH } from './health.ts';
import { INSURANCE } from './insurance.ts';
import { PERSONAL } from './personal.ts';

export const SPECS: readonly TypeSpec[] = [
  ...PERSONAL,
  ...GOVERNMENT,
  ...GOVERNMENT_EU,
  ...FINANCIAL,
  ...HEALTH,
  ...INSURANCE,
  ...DIGITAL,
];
