/** Small word sets around names: titles, particles, organisations, salutations. */

export const TITLES = (
  'ofc insp cllr supt sgt cpl dna sister pastor rabbi imam herrn mevrouw meneer mw dhr smt shri sri kumari datuk auntie uncle aunt tante oncle onkel mr mrs ms miss mx dr prof professor doctor sir lady lord judge rev reverend captain sergeant officer detective nurse hon herr frau hr fraulein ' +
  'monsieur madame mademoiselle mme mlle docteur maitre professeur kollege kollegin kollegen familie famille eheleute mister senor senora senorita sr sra srta dona dott dottor dottoressa signor signora signorina sig avv ing dra meneer mevrouw'
).split(' ');

/** Titles that are also abbreviations of something else and need a full stop. */
export const DOTTED_TITLES = 'm me pr fr st sr hr ing sig rev hon'.split(' ');

export const PARTICLES =
  'de du da dos das del della dello di van von vom zu zum zur der den ter ten la le el al bin ben ibn abu y e af av d l o san santa'.split(
    ' ',
  );

export const ORGANISATIONS =
  'inc ltd llc llp plc corp corporation gmbh ag kg ohg ug ev sarl sas sa sasu eurl snc srl spa bv nv oy ab as aps company co limited group holding holdings partners associates university college school institute hospital clinic clinique hopital klinik klinikum krankenhaus bank banque sparkasse versicherung insurance assurance assurances mutuelle agency ministry department office bureau amt gericht court association foundation stiftung verein societe services solutions systems technologies software labs laboratory laboratories pharmacy pharmacie apotheke center centre zentrum medical health healthcare care airlines hotel restaurant church council committee team support sales marketing finance engineering legal billing accounting reception helpdesk desk administration street avenue road lane drive boulevard rue platz strasse library press records database server client application project foundation consulting industries international logistics trust fund surgery practice dental dentistry radiology cardiology oncology pediatrics paediatrics orthopedics orthopaedics dermatology neurology cancer airways motors energy media studio studios university academy escrow iolta'.split(
    ' ',
  );

/** Capitalised words after a salutation that are no names. */
export const NOT_NAMES =
  'sir madam sirs customer customers team all everyone everybody colleague colleagues friend friends world there folks guys client clients nurse caller agent visitor patient member members valued resident tenant parent parents student students applicant candidate hiring manager recipient user subscriber reader support service monsieur madame messieurs mesdames tous toutes equipe client cliente damen herren kunde kundin kollegen zusammen alle team cliente equipo todos tutti colleghi senores senor senora docteur maitre collega colleghe confrere confreres consoeur kollege hospital unknown none null anonymous redacted confidential private yes no true false male female married single widowed divorced required optional signature date name names page total amount phone email address fax mobile tel notes status type title test example sample placeholder foo bar baz lorem ipsum dolor hello hi dear regards thanks sincerely january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche linux windows android google microsoft apple amazon github docker kubernetes python java javascript debian ubuntu unicode ascii english french german spanish italian american british european'.split(
    ' ',
  );
