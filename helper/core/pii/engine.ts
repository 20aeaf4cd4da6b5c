/** Wires the scanners: tokens and labels first, then everything that reads them. */
import { MARKER_PATTERN } from '../../../shared/redaction/marker.ts';
import { scanPostcodes } from './address/postcode.ts';
import { readAddress, scanAddresses } from './address/scan.ts';
import { applyLabels, applyNegatives } from './context/apply.ts';
import { findLabels } from './context/labels.ts';
import { createApplier, type Reader } from './context/match.ts';
import { readMessages } from './context/messages.ts';
import { readParents } from './context/parents.ts';
import { readRecords } from './context/records.ts';
import { headerLabels, readTables } from './context/tables.ts';
import { applyTopics } from './context/topic.ts';
import { readCards } from './context/vcard.ts';
import { scanMeasures } from './health/scan.ts';
import { scanVitals } from './health/vitals.ts';
import { type Candidate, CUE_NEGATIVE, type LabelHit } from './model.ts';
import { scanBeside } from './names/beside.ts';
import { scanMailNames, scanNames } from './names/free.ts';
import { scanNicks } from './names/nicks.ts';
import { isQuotedName } from './names/quoted.ts';
import { readPersonName } from './names/reader.ts';
import { scanRepeats } from './names/repeat.ts';
import { scanRoles } from './names/roles.ts';
import { readViews } from './normalise/read-views.ts';
import { scanAnchors } from './scan/anchors.ts';
import { scanBesideMarks } from './scan/beside-marks.ts';
import { buildDispatch, scanFree } from './scan/free.ts';
import { type Lexicon, TRIGGER } from './scan/lexicon.ts';
import { scanMachineReadable } from './scan/machine-readable.ts';
import { scanPlates } from './scan/plates.ts';
import type { Scan } from './scan/scan.ts';
import { allocateTokens, type Tokens, tokenise } from './scan/tokens.ts';
import { lowerNegatives } from './score.ts';
import { scanSecretsBeside } from './secrets/beside.ts';
import { scanBlocks } from './secrets/blocks.ts';
import { scanCommands } from './secrets/commands.ts';
import { readPassword } from './secrets/passwords.ts';
import { scanPrefixes } from './secrets/prefix.ts';
import {
  readAwsSecret,
  readBasic,
  readBearer,
  readCookie,
  readKey,
  readTwilio,
} from './secrets/tokens.ts';
import { readUsername } from './secrets/usernames.ts';
import { LABELS, SPECS } from './types/index.ts';
import { PHONE } from './types/phone.ts';
import { buildVocabulary } from './vocabulary.ts';

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['PASSWORD', readPassword],
  ['GENERIC_API_KEY', readKey],
  ['AWS_SECRET_KEY', readAwsSecret],
  ['TWILIO_KEY', readTwilio],
  ['BEARER_TOKEN', readBearer],
  ['BASIC_AUTH', readBasic],
  ['SESSION_COOKIE', readCookie],
  ['USERNAME', readUsername],
  ['PERSON_NAME', readPersonName],
  ['ADDRESS', readAddress],
]);

export interface Engine {
  candidates(text: string): Candidate[];
  /** Whether text of the form of a marker is the name of a person. */
  isName(marker: string): boolean;
}

/** Built once when the module is loaded, and never changed: every detector reads the same tables. */
const VOCABULARY = buildVocabulary(LABELS);
const DISPATCH = buildDispatch(SPECS);

/** @param markers words of markers that are not of the built-in types */
export function createEngine(markers: ReadonlySet<string> = new Set()): Engine {
  const lexicon: Lexicon = { ...VOCABULARY, markers };
  const dispatch = DISPATCH;
  const applier = createApplier(SPECS, READERS);
  // Views scan small windows while the outer token table is still in use: two tables.
  const outer = tokenRoom(lexicon);
  const inner = tokenRoom(lexicon);

  function scanWith(text: string, tokens: Tokens): Scan {
    const scan: Scan = {
      text,
      tokens,
      triggers: tokens.marked.filter((t) => (tokens.bits[t]! & TRIGGER) !== 0),
      lexicon,
      labels: [],
      found: [],
      negative: new Set(),
      listed: new Set(),
      regions: [],
    };
    scan.labels = outsideMarkers(scan, findLabels(text, tokens, lexicon));
    const tables = readTables(scan, applier);
    readRecords(scan, applier, tables);
    scan.regions = tables.regions;
    readMessages(scan);
    readCards(scan);
    readParents(scan, applier);
    applyNegatives(scan, isNegative);
    applyTopics(scan, applier);
    applyLabels(scan, applier, (label) => headerLabels(tables, label));
    scanFree(scan, dispatch);
    scanAnchors(scan, PHONE);
    scanMachineReadable(scan);
    scanBesideMarks(scan);
    scanNames(scan);
    scanMailNames(scan);
    scanNicks(scan);
    scanRoles(scan);
    scanAddresses(scan);
    scanPostcodes(scan);
    scanMeasures(scan);
    scanVitals(scan);
    scanPlates(scan);
    scanPrefixes(scan);
    scanBlocks(scan);
    scanCommands(scan);
    lowerNegatives(scan);
    scanBeside(scan);
    scanSecretsBeside(scan);
    scanRepeats(scan);
    return scan;
  }

  return {
    isName: (marker) => isQuotedName(lexicon, marker),
    candidates(text) {
      const scan = scanWith(text, outer(text));
      const seen = readViews(scan, (view) => scanWith(view, inner(view)).found);
      return [...scan.found, ...seen];
    },
  };
}

function isNegative({ cues }: LabelHit): boolean {
  return (cues & (1 << CUE_NEGATIVE)) !== 0;
}

/** A marker names a type: `«CARD_CVV»` is no label of the number after it. */
function outsideMarkers({ text, lexicon }: Scan, labels: LabelHit[]): LabelHit[] {
  if (!text.includes('«')) return labels;
  const markers = [...text.matchAll(MARKER_PATTERN)].filter((m) => !isQuotedName(lexicon, m[0]));
  let m = 0;
  return labels.filter((label) => {
    while (m < markers.length && markers[m]!.index + markers[m]![0].length <= label.start) m++;
    return m >= markers.length || markers[m]!.index >= label.end;
  });
}

const ROOM = 16_384;

/** A token table that grows with the texts it has seen. */
function tokenRoom(lexicon: Lexicon): (text: string) => Tokens {
  let units = ROOM;
  let room = allocateTokens(units);
  return (text) => {
    if (text.length > units) {
      units = text.length;
      room = allocateTokens(units);
    }
    return tokenise(text, lexicon.table, lexicon.numberSign, room);
  };
}
