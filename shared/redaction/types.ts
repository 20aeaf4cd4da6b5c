/**
 * The canonical types the built-in detector knows. `decidedBy` says what settles a finding:
 * its own shape (format), a label, key or column header (context), or name and place lists (list).
 */
import { markerOf } from './marker.ts';

export const FAMILIES = [
  'personal',
  'government',
  'financial',
  'health',
  'insurance',
  'digital',
  'secret',
] as const;
export type Family = (typeof FAMILIES)[number];

export type DecidedBy = 'format' | 'context' | 'list';

export interface TypeInfo {
  type: string;
  family: Family;
  description: string;
  decidedBy: DecidedBy;
  /** True when a check digit, checksum or issuing rule is verified. */
  checked: boolean;
  marker: string;
}

type Row = readonly [type: string, decidedBy: 'F' | 'C' | 'L' | 'F+' | 'C+', description: string];

const PERSONAL: readonly Row[] = [
  ['PERSON_NAME', 'L', 'Name of a natural person, without title'],
  ['DATE_OF_BIRTH', 'C', 'Date tied to a birth'],
  ['AGE', 'C', 'Age of a person, the number alone'],
  ['LICENSE_PLATE', 'C', 'Vehicle registration mark'],
  ['VIN', 'F+', 'Vehicle identification number'],
  ['EMPLOYEE_ID', 'C', "Employer's number for a person"],
  ['STUDENT_ID', 'C', "School's or university's number for a person"],
  ['EMAIL', 'F', 'E-mail address'],
  ['PHONE', 'F', 'Telephone or fax number'],
  ['ADDRESS', 'L', 'Postal address'],
  ['POSTAL_CODE', 'C', 'Postcode standing alone'],
  ['GPS', 'C', 'Latitude and longitude in decimal degrees'],
  ['EMERGENCY_CONTACT', 'C', 'Sub-type of the name and number of an emergency contact'],
];

const GOVERNMENT: readonly Row[] = [
  ['US_SSN', 'C+', 'US Social Security number'],
  ['US_ITIN', 'F+', 'US individual taxpayer identification number'],
  ['US_EIN', 'C+', 'US employer identification number'],
  ['US_DRIVER_LICENSE', 'C', "US driver's license number"],
  ['PASSPORT', 'C', 'Passport number'],
  ['UK_NINO', 'F+', 'UK National Insurance number'],
  ['UK_DRIVING_LICENCE', 'F', 'UK driver number'],
  ['UK_UTR', 'C+', 'UK Unique Taxpayer Reference'],
  ['FR_NIR', 'F+', 'French social-security number'],
  ['FR_CNI', 'C', 'French identity card number'],
  ['FR_SPI', 'C+', 'French tax number'],
  ['FR_SIRET', 'C+', 'French establishment number'],
  ['FR_SIREN', 'C+', 'French company number'],
  ['DE_STEUER_ID', 'C+', 'German tax identification number'],
  ['DE_PERSONALAUSWEIS', 'C+', 'German identity card number'],
  ['DE_RVNR', 'F+', 'German pension insurance number'],
  ['ES_DNI', 'F+', 'Spanish national identity number'],
  ['ES_NIE', 'F+', 'Spanish foreigner identity number'],
  ['IT_CODICE_FISCALE', 'F+', 'Italian tax code'],
  ['PT_NIF', 'C+', 'Portuguese tax number'],
  ['NL_BSN', 'C+', 'Dutch citizen service number'],
  ['BE_NRN', 'C+', 'Belgian national register number'],
  ['PL_PESEL', 'C+', 'Polish personal number'],
  ['SE_PERSONNUMMER', 'C+', 'Swedish personal identity number'],
  ['FI_HETU', 'F+', 'Finnish personal identity code'],
  ['CH_AHV', 'F+', 'Swiss social-security number'],
  ['EU_VAT', 'F+', 'VAT identification number'],
  ['CA_SIN', 'C+', 'Canadian social insurance number'],
  ['AU_TFN', 'C+', 'Australian tax file number'],
  ['IN_AADHAAR', 'C+', 'Indian Aadhaar number'],
  ['IN_PAN', 'F', 'Indian permanent account number'],
  ['BR_CPF', 'F+', 'Brazilian individual taxpayer number'],
  ['SG_NRIC', 'F+', 'Singapore identity number'],
];

const FINANCIAL: readonly Row[] = [
  ['CREDIT_CARD', 'F+', 'Payment card number'],
  ['CARD_CVV', 'C', 'Card security code'],
  ['CARD_EXPIRY', 'C', 'Card expiry month and year'],
  ['IBAN', 'F+', 'International bank account number'],
  ['BIC', 'C', 'SWIFT/BIC code'],
  ['ABA_ROUTING', 'C+', 'US bank routing number'],
  ['BANK_ACCOUNT', 'C', 'Domestic bank account number'],
  ['UK_SORT_CODE', 'C', 'UK bank sort code'],
  ['WIRE_REFERENCE', 'C', 'Wire transfer reference'],
  ['PAYPAL_ACCOUNT', 'C', 'PayPal account or handle'],
  ['BTC', 'F+', 'Bitcoin address'],
  ['ETH', 'F', 'Ethereum address'],
  ['CRYPTO_WALLET', 'F', 'Wallet address of another coin'],
  ['PIN', 'C', 'Numeric personal identification code'],
];

const HEALTH: readonly Row[] = [
  ['UK_NHS', 'C+', 'UK NHS number'],
  ['AU_MEDICARE', 'C+', 'Australian Medicare card number'],
  ['MRN', 'C', 'Medical record or patient number'],
  ['NPI', 'C+', 'US National Provider Identifier'],
  ['DEA', 'F+', 'US prescriber registration number'],
  ['US_MBI', 'F', 'US Medicare Beneficiary Identifier'],
  ['ICD10', 'C', 'ICD-10 diagnosis code'],
  ['MEDICATION', 'F', 'Drug name with dose and unit'],
  ['BLOOD_PRESSURE', 'C', 'Systolic and diastolic blood pressure'],
  ['LAB_RESULT', 'F', 'Laboratory analyte with value and unit'],
  ['BLOOD_TYPE', 'C', 'ABO group with Rhesus sign'],
  ['VITAL_SIGN', 'C', 'Temperature, pulse, saturation, weight or height'],
  ['DEVICE_SERIAL', 'C', 'Serial number of a medical or other device'],
];

const INSURANCE: readonly Row[] = [
  ['POLICY_NUMBER', 'C', 'Insurance policy or contract number'],
  ['GROUP_NUMBER', 'C', 'Insurance group number'],
  ['CLAIM_NUMBER', 'C', 'Insurance claim number'],
  ['PRIOR_AUTH', 'C', 'Prior-authorization number'],
  ['MEMBER_ID', 'C', 'Member, subscriber or insured id'],
];

const DIGITAL: readonly Row[] = [
  ['USERNAME', 'C', 'Account or login name, handle'],
  ['IPV4', 'F', 'IPv4 host address'],
  ['IPV6', 'F', 'IPv6 host address'],
  ['MAC', 'F', 'Hardware address'],
  ['IMEI', 'C+', 'Mobile device identity'],
];

const SECRET: readonly Row[] = [
  ['PASSWORD', 'C', 'Password or passphrase'],
  ['AWS_ACCESS_KEY', 'F', 'AWS access key id'],
  ['AWS_SECRET_KEY', 'C', 'AWS secret access key'],
  ['GITHUB_TOKEN', 'F', 'GitHub token'],
  ['GITLAB_TOKEN', 'F', 'GitLab personal access token'],
  ['SLACK_TOKEN', 'F', 'Slack token'],
  ['STRIPE_KEY', 'F', 'Stripe live key'],
  ['GOOGLE_API_KEY', 'F', 'Google API key'],
  ['LLM_API_KEY', 'F', 'Key of a language-model provider'],
  ['NPM_TOKEN', 'F', 'npm access token'],
  ['SENDGRID_KEY', 'F', 'SendGrid API key'],
  ['TWILIO_KEY', 'C', 'Twilio API key or account SID'],
  ['JWT', 'F', 'JSON Web Token'],
  ['BEARER_TOKEN', 'C', 'Opaque token of an Authorization header'],
  ['BASIC_AUTH', 'C', 'Credentials of a Basic authorization header'],
  ['SESSION_COOKIE', 'C', 'Value of a session cookie'],
  ['GENERIC_API_KEY', 'C', 'High-entropy value of a key-like name'],
  ['PRIVATE_KEY', 'F', 'Private key block, whole'],
  ['URL_CREDENTIALS', 'F', 'Address that carries user and password, whole'],
];

const DECIDED: Record<string, DecidedBy> = { F: 'format', C: 'context', L: 'list' };

function family(name: Family, rows: readonly Row[]): TypeInfo[] {
  return rows.map(([type, how, description]) => ({
    type,
    family: name,
    description,
    decidedBy: DECIDED[how.charAt(0)] ?? 'context',
    checked: how.endsWith('+'),
    marker: markerOf(type),
  }));
}

/** Every canonical type, in a fixed order that also breaks ties between equal findings. */
export const TYPES: readonly TypeInfo[] = [
  ...family('personal', PERSONAL),
  ...family('government', GOVERNMENT),
  ...family('financial', FINANCIAL),
  ...family('health', HEALTH),
  ...family('insurance', INSURANCE),
  ...family('digital', DIGITAL),
  ...family('secret', SECRET),
];

const BY_NAME: ReadonlyMap<string, TypeInfo> = new Map(TYPES.map((info) => [info.type, info]));

/** The row of a canonical type, or undefined for the types of policies and backends. */
export function typeInfo(type: string): TypeInfo | undefined {
  return BY_NAME.get(type);
}

/** The form a custom type name must have, so that its marker is recognised on a second pass. */
export const TYPE_NAME = /^(?!(?:[A-Z_]{0,39}\d){4})[A-Z][A-Z0-9_]{1,39}$/;
