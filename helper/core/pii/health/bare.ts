/**
 * Vital signs that a column or key names and the value gives as a bare number: `hr,temp,spo2`,
 * `"heartRate": 74`. The name must say a measure of a body, and the number must be one.
 */

/** Name, lowest and highest number; `sure` names measure nothing but a body. */
const RANGES: readonly (readonly [name: RegExp, low: number, high: number, sure: boolean])[] = [
  [
    /heart ?rate|\bhr\b|pulse|\bpuls\b|\bpouls\b|pulso|polso|\bfc\b|\bhf\b|frequence cardiaque|fréquence cardiaque|herzfrequenz|cardiaca/,
    25,
    240,
    true,
  ],
  [/sp ?o ?2?|sa ?o ?2|o2 ?sat|\bsats?\b|satura|sattigung|sättigung/, 50, 100, true],
  [/resp|\brr\b|atemfrequenz/, 5, 70, true],
  [/temp|\bt\b/, 33, 43, false],
  [/weight|\bwt\b|gewicht|poids|\bpeso\b/, 1, 400, false],
  [/height|\bht\b|grosse|größe|groesse|taille|altura|altezza/, 0.3, 230, false],
  [/bmi|imc/, 10, 80, true],
];

/** Types beside whose columns a temperature or a weight is a patient's. */
const PATIENT = new Set([
  'MRN',
  'PERSON_NAME',
  'DATE_OF_BIRTH',
  'AGE',
  'UK_NHS',
  'BLOOD_PRESSURE',
  'ICD10',
  'MEMBER_ID',
  'BLOOD_TYPE',
]);

/** The name without digits, marks and camel case: `heartRate_bpm` reads `heart rate bpm`. */
function words(label: string): string {
  return label.replace(/[^\p{L}\d]+/gu, ' ').toLowerCase();
}

/** Whether the number is one the named measure can have. */
export function isVital(label: string, value: string): boolean {
  const name = words(label);
  const size = Number.parseFloat(value.replace(',', '.'));
  return RANGES.some(([re, low, high]) => re.test(name) && size >= low && size <= high);
}

/** Whether the name alone says that a body is measured. */
export function isSureVital(label: string): boolean {
  const name = words(label);
  return RANGES.some(([re, , , sure]) => sure && re.test(name));
}

/** Whether columns of these types describe patients: two measures, or one beside what names a person. */
export function describesPatients(columns: readonly (readonly string[])[]): boolean {
  const vitals = columns.filter((types) => types.includes('VITAL_SIGN')).length;
  const persons = columns.filter((types) => types.some((type) => PATIENT.has(type))).length;
  return vitals > 0 && (persons > 0 || vitals > 2);
}
