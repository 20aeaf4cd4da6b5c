/** Street words by country: after the name (English), before it (French, Spanish, Italian), glued (German). */

export const STREET_AFTER =
  'street st avenue ave av road rd boulevard blvd drive dr lane ln court ct way place pl terrace ter circle cir square sq parkway pkwy highway hwy close crescent cres gardens gdns grove mews row hill green view walk trail trl alley plaza broadway quay parade loop path run ridge crossing bend point pike turnpike commons landing heights'.split(
    ' ',
  );

/** Street words that are ordinary words too: they need a town, postcode or label beside them. */
export const WEAK_STREET = new Set(
  'way place pl court ct row hill green view walk close point run path loop bend terrace ter square sq circle cir dr st ct ave av drive trail alley crossing ridge landing heights commons plaza grove gardens parade'.split(
    ' ',
  ),
);

export const STREET_BEFORE = (
  'rue avenue av boulevard bd bld place pl chemin ch impasse imp allee allees route rte quai cours square passage faubourg ruelle sentier residence lotissement villa hameau esplanade promenade rond voie cite cour montee traverse venelle ' +
  'calle avenida avda plaza paseo carrer camino ronda travesia carretera c ' +
  'via viale piazza piazzale corso largo vicolo strada contrada lungomare'
).split(' ');

export const GERMAN_SUFFIX =
  /(?:stra(?:ß|ss)e|str\.?|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|stieg|graben|wall|promenade|markt|hof|berg|kamp|park|tor|br(?:ü|u|ue)cke|pfad|zeile|winkel|anger|garten|g(?:ä|ae)rten|feld|wiese|straat|laan|gracht|kade|plein|dreef|vej|gatan|katu|gade|vägen)$/i;

/** Public addresses of licence texts: they name an organisation and stand in every package. */
export const PUBLIC_ADDRESS =
  /^(?:51 Franklin|59 Temple|675 Mass|171 Second|1 Infinite Loop|1600 Amphitheatre|1 Microsoft Way|548 Market|444 Castro|31 Milk)/i;
