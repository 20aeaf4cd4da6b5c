/** Names in lists behind words for children and parents: `two sons, Gerald and Clive`, `hijo de Salvador y de Amparo`. */
import { pushFound, type Scan } from '../scan/scan.ts';
import { listed, type NameRead, readName } from './grammar.ts';

/** Plurals of relations, and words for one child with its parents behind it. */
export const FAMILY: readonly string[] = (
  'children kids sons daughters twins brothers sisters enfants filles jumeaux kinder sohne tochter zwillinge geschwister hijos hijas hermanos figli figlie eltern genitori ' +
  'hijo hija figlio figlia fils fille sohn tochter son daughter'
).split(' ');

const ONE = /^(?:hij[oa]|figli[oa]|fils|fille|sohn|tochter|son|daughter)$/i;
const LIST_OPEN = /(?:,|:| are| sont| heißen| son| sono)? (?:named |called |namens )?/y;
const LIST_NEXT =
  /(?: \(\d{1,2}\))?(?:,? (?:and|et|und|y|e|&) (?:little |la petite |le petit |der kleine |die kleine |meine? )?|, )/y;
const MOST = 8;
const REACH = 60;

/** `Kids: Ada (6) and Ned`: given names in a list. */
function listAfter(scan: Scan, end: number): void {
  const { text, lexicon } = scan;
  LIST_OPEN.lastIndex = end;
  const open = LIST_OPEN.exec(text);
  if (open === null) return;
  let at = end + open[0].length;
  const reads: NameRead[] = [];
  while (reads.length < MOST) {
    const read = readName(lexicon, text, at, { limit: Math.min(text.length, at + REACH) });
    if (read === null || read.words.length > 3) break;
    reads.push(read);
    LIST_NEXT.lastIndex = read.end;
    const next = LIST_NEXT.exec(text);
    if (next === null) break;
    at = read.end + next[0].length;
  }
  if (!reads.some((read) => listed(read).given > 0)) return;
  for (const read of reads) {
    const l = listed(read);
    if (l.given > 0 || l.common === 0)
      pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.66, 'name-family');
  }
}

const OF_PARENTS = / (?:de|di|of|von|du) /y;
const AND_OF = / (?:y|e|et|and|und) (?:de |di |of |von )?/y;

/** `hijo de Salvador y de Amparo`. */
function parentsAfter(scan: Scan, end: number): void {
  const { text, lexicon } = scan;
  OF_PARENTS.lastIndex = end;
  const open = OF_PARENTS.exec(text);
  if (open === null) return;
  const from = end + open[0].length;
  const first = readName(lexicon, text, from, { limit: Math.min(text.length, from + REACH) });
  if (first === null || listed(first).given === 0) return;
  AND_OF.lastIndex = first.end;
  const link = AND_OF.exec(text);
  if (link === null) return;
  const at = first.end + link[0].length;
  const second = readName(lexicon, text, at, { limit: Math.min(text.length, at + REACH) });
  if (second === null || listed(second).given === 0) return;
  pushFound(scan, first.start, first.end, 'PERSON_NAME', 0.66, 'name-family');
  pushFound(scan, second.start, second.end, 'PERSON_NAME', 0.66, 'name-family');
}

/** Reads what follows a word of `FAMILY` that ends at `end`. */
export function readFamily(scan: Scan, word: string, end: number): void {
  if (ONE.test(word)) parentsAfter(scan, end);
  else listAfter(scan, end);
}
