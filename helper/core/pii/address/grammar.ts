/** Address grammars for US, UK, France, Germany and neighbours: one sticky pattern per order. */

const UP = 'A-Z\\u00c0-\\u00d6\\u00d8-\\u00de';
const LET = 'A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u017f';
const CAP = `[${UP}][${LET}'’.-]{0,24}`;
const SMALL =
  "(?:de la|de l['’]|de|du|des|la|le|les|l['’]|d['’]|sur|sous|en|et|à|aux?|am|an der|an|der|dem|den|im|in|ob|upon|on|of|the|le|del|della|delle|dei|degli|di|y|los|las|el|bei|vor|zum|zur|van|op|aan)";
const BREAK = '(?:,? ?\\r?\\n[ \\t>|*]{0,12}|\\\\n|, {0,2}| {1,3}| ?[-–|/;·] ?)';
const UNIT =
  '(?:,? {0,2}(?:(?:APT|SUITE|STE|UNIT|FLAT|BLDG|RM|Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|Rm|Bldg|Building|Appt|Appartement|App|Apto|Piso|Wohnung|Whg|Etage|Étage|Bât|bât|Bâtiment|bâtiment|Bat|bat|appt|apt|étage|esc|bus|boîte|bte|Esc|Escalier|Interno|Int|Top|Stock)\\.? ?#?[A-Za-z0-9-]{1,6}|#[A-Za-z0-9-]{1,6}|\\d{1,2}(?:st|nd|rd|th) Floor))?';
const TOWN = `${CAP}(?:(?<!\\.)[ -](?:${SMALL}[ -])?${CAP}){0,3}`;
const STATE =
  '(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New [A-Z][a-z]{3,9}|North [CD]a[a-z]{4,6}|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South [CD]a[a-z]{4,6}|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming|Ontario|Quebec|Alberta|NSW|VIC|QLD|ON|QC|BC|AB)(?![A-Za-z0-9])';
/** British postcodes, and Irish ones of two blocks. */
const UK_CODE =
  '(?:[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}|[AC-FHKNPRTV-Y]\\d[\\dW] [AC-FHKNPRTV-Y0-9]{4})(?![A-Za-z0-9])';
const COUNTRY =
  '(?:,? ?(?:\\r?\\n[ \\t]{0,24})?(?:USA|U\\.S\\.A\\.|United States|UK|United Kingdom|England|France|FRANCE|Deutschland|Germany|DEUTSCHLAND|España|Spain|Italia|Italy|Suisse|Schweiz|Österreich|Belgique|Nederland)(?![A-Za-z]))?';

const US_TAIL = `(?:,? ?\\r?\\n[ \\t>]{0,12}(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor)\\.? ?#?[A-Za-z0-9-]{1,6})?(?:${BREAK}${TOWN}){0,2}(?:, ?| |\\n)${STATE}\\.?(?:,? {1,2}\\d{5}(?:-\\d{4})?(?!\\d)| [A-Z]\\d[A-Z] ?\\d[A-Z]\\d| \\d{4}(?!\\d))?`;
const UK_TAIL = `(?:${BREAK}${TOWN}){0,3}${BREAK}${UK_CODE}`;
const EU_TAIL = `(?:${BREAK}${CAP}(?: ${CAP}){0,3})?${BREAK}(?:(?:F|D|A|CH|E|I|B|NL|L)[- ])?(?:\\d{4} ?[A-Z]{2}(?= )|\\d{3} \\d{2}|\\d{4,5})(?:,)? {1,2}${TOWN}(?: (?:CEDEX|Cedex)(?: \\d{1,2})?)?(?: ?\\([A-Z]{2}\\))?(?: \\d{1,2}(?:e|er|ème)?(?![\\d/.-]))?|(?:(?:,? | à )${TOWN})? \\(\\d{5}\\)`;
const TOWN_TAIL = `${BREAK}${TOWN}`;
const TAIL = `${UNIT}(?:${US_TAIL}|${UK_TAIL}|${EU_TAIL})?${COUNTRY}`;

const NUMBER = '\\d{1,5}(?: ?[A-Za-z](?![A-Za-z]))?(?:[-–/]\\d{1,4}[A-Za-z]?)?';
const STREET_WORDS = `(?:(?:${CAP}|\\d{1,3}(?:st|nd|rd|th)|[NSEW]{1,2}\\.?|of|the|de|la|El|St\\.) ){1,5}`;

/** `12 Main St Apt 4, Springfield, IL 62704`, `Flat 3, 12 High Street, Leeds LS1 4AB`. */
export const NUMBER_FIRST = new RegExp(
  `(?:(?:Flat|Apartment|Apt|Unit|Suite) ?#?[A-Za-z0-9]{1,4}(?:, ?(?:\\r?\\n[ \\t]{0,24})?|/))?${NUMBER},? ${STREET_WORDS}(?!(?:APT|Apt|SUITE|Suite|STE|Ste|UNIT|Unit)[ .#])(?:[A-Z][A-Za-z]{1,11}|[a-z]{2,9})(?:\\.(?=[, \\n]|$))?(?: (?:[NSEW]{1,2}|North|South|East|West)(?![A-Za-z]))?${TAIL}`,
  'y',
);
/** Same without the long tail, to learn where the street line ends. */
export const FRENCH = new RegExp(
  `\\d{1,4}(?:[-/]\\d{1,4})?(?: ?(?:bis|ter|quater|[A-Da-d])(?![A-Za-z]))?,? {1,2}[${LET}.]{2,14} (?:${SMALL} ?|['’]|St(?:e)?[. -]){0,4}(?:[${LET}0-9][${LET}0-9'’.-]{0,24})(?:[ -](?:${SMALL} ?)?(?:[${UP}][${LET}0-9'’.-]{0,24}|\\d{1,4}(?:[a-z]{1,3})?(?!\\d))){0,5}${UNIT}(?:${EU_TAIL})?${COUNTRY}`,
  'y',
);
/** `Hauptstraße 12 a, 10115 Berlin`, `Am Alten Markt 5`, `Unter den Linden 77`. */
export const GERMAN = new RegExp(
  `(?:(?:[${UP}][${LET}.'’-]{1,30}|am|an|der|dem|den|im|in|zum|zur|auf|unter|bei|vor|St\\.) ){0,4}[${LET}.'’-]{2,34} \\d{1,4}(?: ?[a-zA-Z](?![A-Za-z]))?(?:[-–/] ?\\d{1,4} ?[a-z]?(?![A-Za-z0-9]))?${UNIT}(?:${EU_TAIL})?${COUNTRY}`,
  'y',
);
/** `Calle Mayor 5, 28013 Madrid`, `Via Roma, 12, 00184 Roma`. */
export const SOUTHERN = new RegExp(
  `(?:C/(?!O ) ?|[A-Za-z]{1,10}\\.? )(?:${SMALL} ?){0,4}${CAP}(?: (?:${SMALL} ?)?${CAP}){0,4},? ?(?:n[º°.]? ?|núm\\.? ?|n\\. ?)?\\d{1,4}(?: ?[A-Za-z](?![A-Za-z]))?(?:,? ?\\d{1,2}\\.?[º°ªao]? ?(?:[A-Z]|izq?d?a?\\.?|dcha?\\.?|int\\.?|piso|planta)?(?![A-Za-z0-9]))?${UNIT}(?:${EU_TAIL})?${COUNTRY}`,
  'y',
);
export const PO_BOX = new RegExp(
  `(?:P\\.? ?O\\.? ?Box|Postfach|Boîte Postale|BP|Apartado|Casella Postale) ?#?\\d{1,6}${TAIL}`,
  'y',
);
/** `10115 Berlin` or `Springfield, IL 62704` or `Leeds LS1 4AB` as a second line. */
export const SECOND_LINE = new RegExp(
  `(?:(?:(?:F|D|A|CH|E|I|B|NL)[- ])?\\d{4,5}(?: [A-Z]{2})? ${TOWN}|${TOWN},? ${STATE},? \\d{5}(?:-\\d{4})?|(?:${TOWN},? )?${UK_CODE})${COUNTRY}`,
  'y',
);
export const HAS_TOWN = new RegExp(
  `(?:${UK_CODE}|(?:^|[^\\d])(?:\\d{4,5}|\\d{3} \\d{2})(?: [A-Z]{2})? [${UP}]|${STATE}\\.?,? {1,2}\\d{5})`,
);
export const HAS_ENGLISH_TOWN = new RegExp(
  `(?:${UK_CODE}|${STATE}\\.?,? {1,2}(?:\\d{5}|[A-Z]\\d[A-Z])|${STATE} \\d{4})`,
);
export const TOWN_AFTER = new RegExp(TOWN_TAIL, 'y');
