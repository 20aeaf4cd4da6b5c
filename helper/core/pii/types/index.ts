/** Every type specification, in one list. */

import type { LabelSource, TypeSpec } from '../model.ts';
import { DIGITAL } from './digital.ts';
import { DIGITAL_LABELS } from './digital-labels.data.ts';
import { FINANCIAL } from './financial.ts';
import { FINANCIAL_LABELS } from './financial-labels.data.ts';
import { GOVERNMENT } from './government.ts';
import { GOVERNMENT_EU } from './government-eu.ts';
import { GOVERNMENT_EU_LABELS } from './government-eu-labels.data.ts';
import { GOVERNMENT_LABELS } from './government-labels.data.ts';
import { HEALTH } from './health.ts';
import { HEALTH_LABELS } from './health-labels.data.ts';
import { INSURANCE } from './insurance.ts';
import { INSURANCE_LABELS } from './insurance-labels.data.ts';
import { NAME_LABELS } from './name-labels.data.ts';
import { PERSONAL } from './personal.ts';
import { PERSONAL_LABELS } from './personal-labels.data.ts';
import { SECRET_LABELS } from './secret-labels.data.ts';

export const SPECS: readonly TypeSpec[] = [
  ...PERSONAL,
  ...GOVERNMENT,
  ...GOVERNMENT_EU,
  ...FINANCIAL,
  ...HEALTH,
  ...INSURANCE,
  ...DIGITAL,
];

/** Label phrases of every type. */
export const LABELS: LabelSource = {
  ...PERSONAL_LABELS,
  ...GOVERNMENT_LABELS,
  ...GOVERNMENT_EU_LABELS,
  ...FINANCIAL_LABELS,
  ...HEALTH_LABELS,
  ...INSURANCE_LABELS,
  ...DIGITAL_LABELS,
  ...SECRET_LABELS,
  ...NAME_LABELS,
};
