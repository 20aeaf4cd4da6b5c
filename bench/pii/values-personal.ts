import { vinWithCheck } from './check-digits.ts';
import type { Rng } from './rng.ts';
import type { ValueMaker } from './values-government.ts';

const GIVEN = {
  en: [
    'Margaret',
    'Oliver',
    'Denise',
    'Harold',
    'Priya',
    'Caleb',
    'Imogen',
    'Trevor',
    'Latoya',
    'Brandon',
    'Yvonne',
    'Desmond',
    'Ruth',
    'Gareth',
    'Naomi',
    'Hector',
    'Abigail',
    'Keith',
  ],
  fr: [
    'Camille',
    'Thierry',
    'Océane',
    'Bastien',
    'Solène',
    'Gérard',
    'Mireille',
    'Éloïse',
    'Rémi',
    'Nadège',
    'Fabrice',
    'Aurélie',
    'Yannick',
  ],
  de: [
    'Jürgen',
    'Heike',
    'Torsten',
    'Anneliese',
    'Björn',
    'Ulrike',
    'Detlef',
    'Sieglinde',
    'Matthias',
    'Katrin',
    'Uwe',
    'Renate',
  ],
} as const;
const FAMILY = {
  en: [
    'Thornbury',
    'Okonkwo',
    'Hargreaves',
    'Whitlock',
    'Delgado',
    'Pemberton',
    'Kowalczyk',
    'Ashworth',
    'Ramirez',
    "O'Connell",
    'MacAllister',
    'Nguyen',
    'Blackwood',
    'Stubbs',
    'Fairchild',
  ],
  fr: [
    'Lefèvre',
    'Moreau',
    'Dubois',
    'Girard',
    'Fontaine',
    'Chevallier',
    'Blanchard',
    'Perrin',
    'Le Gall',
    'Rousseau',
    'Marchand',
  ],
  de: [
    'Brandt',
    'Schäfer',
    'Hoffmann',
    'Krüger',
    'Vogel',
    'Steinbach',
    'Lindner',
    'Zimmermann',
    'von Hagen',
    'Baumgartner',
    'Köhler',
  ],
} as const;

export type Language = keyof typeof GIVEN;
export const LANGUAGES: readonly Language[] = ['en', 'fr', 'de'];

export function personName(r: Rng, language: Language): string {
  const given = r.pick(GIVEN[language]);
  const family = r.pick(FAMILY[language]);
  return r.pick([
    () => `${given} ${family}`,
    () => `${given} ${family}`,
    () => `${given} ${r.pick(GIVEN[language])} ${family}`,
    () => `${given} ${r.pick(['A', 'J', 'M', 'R'])}. ${family}`,
    () => `${family}, ${given}`,
    () => `${given} ${family}-${r.pick(FAMILY[language])}`,
    () => `${given} ${family}`.toUpperCase(),
  ])();
}

const MONTHS = {
  en: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
  fr: [
    'janvier',
    'février',
    'mars',
    'avril',
    'mai',
    'juin',
    'juillet',
    'août',
    'septembre',
    'octobre',
    'novembre',
    'décembre',
  ],
  de: [
    'Januar',
    'Februar',
    'März',
    'April',
    'Mai',
    'Juni',
    'Juli',
    'August',
    'September',
    'Oktober',
    'November',
    'Dezember',
  ],
} as const;

const two = (n: number) => String(n).padStart(2, '0');

export function dateText(r: Rng, language: Language, from: number, to: number): string {
  const [y, m, d] = [r.int(from, to), r.int(1, 12), r.int(1, 28)];
  const name = MONTHS[language][m - 1]!;
  switch (language) {
    case 'en':
      return r.pick([
        `${two(m)}/${two(d)}/${y}`,
        `${y}-${two(m)}-${two(d)}`,
        `${name} ${d}, ${y}`,
        `${d} ${name} ${y}`,
        `${m}/${d}/${y}`,
        `${d} ${name.slice(0, 3)} ${y}`,
      ]);
    case 'fr':
      return r.pick([`${two(d)}/${two(m)}/${y}`, `${d} ${name} ${y}`, `${two(d)}-${two(m)}-${y}`]);
    default:
      return r.pick([`${two(d)}.${two(m)}.${y}`, `${d}. ${name} ${y}`, `${d}.${m}.${y}`]);
  }
}

export function address(r: Rng, language: Language): string {
  switch (language) {
    case 'en':
      return r.pick([
        () =>
          `${r.int(1, 9999)} ${r.pick(['Cedar Ridge', 'Maple', 'W 42nd', 'Harbor View', 'Elm', 'St. James'])} ${r.pick(['Lane', 'St', 'Street', 'Ave', 'Drive', 'Blvd', 'Road'])}${r.chance(0.3) ? `, Apt ${r.int(1, 40)}` : ''}, ${r.pick(['Asheville, NC', 'Duluth, MN', 'Portland, OR', 'Austin, TX'])} ${r.int(10000, 98999)}`,
        () =>
          `${r.int(1, 220)} ${r.pick(['High Street', 'Church Road', 'Victoria Terrace', 'Mill Lane'])}, ${r.pick(['Leeds LS1 4DY', 'Bath BA2 3QR', 'Cardiff CF10 1EP', 'London SW1A 2AA'])}`,
      ])();
    case 'fr':
      return `${r.int(1, 180)}${r.chance(0.1) ? ' bis' : ''}, ${r.pick(['rue des Lilas', 'avenue Jean Jaurès', 'boulevard Voltaire', 'place du Marché', 'chemin des Vignes'])}, ${r.int(10, 95)}${r.digits(3)} ${r.pick(['Lyon', 'Nantes', 'Grenoble', 'Saint-Denis', 'Dijon'])}`;
    default:
      return `${r.pick(['Lindenstraße', 'Hauptstr.', 'Am Kirchberg', 'Goetheallee', 'Bahnhofstrasse', 'Rosenweg'])} ${r.int(1, 180)}${r.chance(0.2) ? 'a' : ''}, ${r.int(10000, 98999)} ${r.pick(['Köln', 'Leipzig', 'Freiburg', 'Hamburg', 'Erlangen'])}`;
  }
}

export function phone(r: Rng, language: Language): string {
  switch (language) {
    case 'en': {
      const [a, b, c] = [r.int(201, 989), r.int(220, 989), r.digits(4)];
      return r.pick([
        `(${a}) ${b}-${c}`,
        `${a}-${b}-${c}`,
        `+1 ${a} ${b} ${c}`,
        `${a}.${b}.${c}`,
        `+1${a}${b}${c}`,
        `020 7946 0${r.digits(3)}`,
        `07700 900${r.digits(3)}`,
        `+44 20 7946 0${r.digits(3)}`,
        `(${a}) ${b}-${c} ext. ${r.int(10, 999)}`,
      ]);
    }
    case 'fr':
      return r.pick([
        `0${r.int(1, 7)} ${r.digits(2)} ${r.digits(2)} ${r.digits(2)} ${r.digits(2)}`,
        `+33 ${r.int(1, 7)} ${r.digits(2)} ${r.digits(2)} ${r.digits(2)} ${r.digits(2)}`,
        `06.${r.digits(2)}.${r.digits(2)}.${r.digits(2)}.${r.digits(2)}`,
        `06${r.digits(8)}`,
      ]);
    default:
      return r.pick([
        `0${r.pick(['30', '221', '341', '89'])} ${r.int(100000, 9999999)}`,
        `+49 ${r.pick(['30', '221', '151'])} ${r.int(1000000, 99999999)}`,
        `0151 ${r.int(10000000, 99999999)}`,
        `0${r.pick(['221', '40'])}/${r.int(100000, 999999)}`,
      ]);
  }
}

const fold = (text: string) =>
  text
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();

export function email(r: Rng, language: Language): string {
  const given = fold(r.pick(GIVEN[language]));
  const family = fold(r.pick(FAMILY[language]));
  const domain = r.pick([
    'example.org',
    'mail.example.com',
    'clinic-nord.de',
    'assurance.example.fr',
    'bücher.example',
    'corp.example.co.uk',
  ]);
  return r.pick([
    `${given}.${family}@${domain}`,
    `${given[0]}${family}@${domain}`,
    `${given}+${r.pick(['claims', 'news'])}@${domain}`,
    `${given}_${r.int(1, 99)}@${domain}`,
  ]);
}

export const PERSONAL: Record<string, (r: Rng, language: Language) => string> = {
  PERSON_NAME: personName,
  DATE_OF_BIRTH: (r, l) => dateText(r, l, 1935, 2008),
  AGE: (r) => String(r.int(18, 97)),
  LICENSE_PLATE: (r, l) => {
    const letters = 'ABCDEFGHJKLMNPRSTUVWXYZ';
    if (l === 'fr') return `${r.chars(letters, 2)}-${r.digits(3)}-${r.chars(letters, 2)}`;
    if (l === 'de')
      return `${r.pick(['K', 'HH', 'M', 'FR', 'L'])}-${r.chars(letters, 2)} ${r.int(1, 9999)}`;
    return r.pick([
      `${r.chars(letters, 3)}-${r.digits(4)}`,
      `${r.chars(letters, 2)}${r.digits(2)} ${r.chars(letters, 3)}`,
      `${r.int(1, 9)}${r.chars(letters, 3)}${r.digits(3)}`,
    ]);
  },
  EMPLOYEE_ID: (r) =>
    r.pick([
      `E${r.digits(5)}`,
      `EMP-${r.digits(6)}`,
      r.digits(6),
      `P${r.digits(7)}`,
      `${r.digits(4)}-${r.digits(3)}`,
    ]),
  STUDENT_ID: (r) =>
    r.pick([`S${r.digits(7)}`, r.digits(8), `20${r.int(10, 26)}${r.digits(5)}`, `u${r.digits(7)}`]),
  EMAIL: email,
  PHONE: phone,
  ADDRESS: address,
  GPS: (r) =>
    `${r.int(-60, 70)}.${r.digits(r.int(4, 6))}, ${r.int(-150, 150)}.${r.digits(r.int(4, 6))}`,
  USERNAME: (r, l) =>
    `${fold(r.pick(GIVEN[l]))}${r.pick(['', '_', '.'])}${r.chance(0.5) ? r.int(1, 999) : fold(r.pick(FAMILY[l])).slice(0, 6)}`,
};

export const VEHICLE: Record<string, ValueMaker> = {
  VIN: (r) =>
    vinWithCheck(
      `${r.pick(['1HG', 'WVW', 'VF1', 'JTD', '5YJ'])}${r.chars('ABCDEFGHJKLMNPRSTUVWXYZ0123456789', 8)}${r.digits(6)}`,
    ),
};
