/** Numbers of insurers. All need a label. */
import type { TypeSpec } from '../model.ts';
import { identifier } from './common.ts';

export const INSURANCE: readonly TypeSpec[] = [
  {
    type: 'POLICY_NUMBER',
    rules: [identifier('policy-number', 4)],
  },
  {
    type: 'GROUP_NUMBER',
    rules: [identifier('group-number', 3, { maxLength: 20, near: 0.6 })],
  },
  {
    type: 'CLAIM_NUMBER',
    rules: [identifier('claim-number', 4)],
  },
  {
    type: 'PRIOR_AUTH',
    rules: [identifier('prior-auth', 3, { maxLength: 24 })],
  },
  {
    type: 'MEMBER_ID',
    rules: [
      // The number of a German health insurance: one letter, nine digits.
      { id: 'member-kvnr', re: /[A-Z]\d{9}(?![A-Za-z0-9])/y, direct: 0.93, near: 0.7 },
      identifier('member-id', 4, { maxLength: 24 }),
    ],
  },
];
