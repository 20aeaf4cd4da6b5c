/** Character data of normalisation. */

/** Named HTML entities that can stand inside or around a value. */
const ENTITY_ROWS =
  'nbsp=\u00a0 amp=& lt=< gt=> quot=" apos=\' commat=@ period=. hyphen=- dash=- ndash=\u2013 mdash=\u2014 horbar=- colon=: semi=; sol=/ bsol=\\ lpar=( rpar=) lsqb=[ rsqb=] num=# plus=+ lowbar=_ comma=, equals== dollar=$ percnt=% ast=* excl=! quest=? shy=\u00ad zwnj=\u200c zwj=\u200d lrm=\u200e rlm=\u200f ensp=\u2002 emsp=\u2003 thinsp=\u2009 hairsp=\u200a numsp=\u2007 puncsp=\u2008 NoBreak=\u2060 ZeroWidthSpace=\u200b middot=\u00b7 bull=\u2022 laquo=\u00ab raquo=\u00bb lsquo=\u2018 rsquo=\u2019 ldquo=\u201c rdquo=\u201d Tab=\t NewLine=\n deg=\u00b0 ordm=\u00ba ordf=\u00aa minus=\u2212 verbar=| vert=| grave=` Hat=^ tilde=~ lbrace={ rbrace=} lcub={ rcub=} ' +
  'agrave=à aacute=á acirc=â atilde=ã auml=ä aring=å aelig=æ ccedil=ç egrave=è eacute=é ecirc=ê euml=ë igrave=ì iacute=í icirc=î iuml=ï ntilde=ñ ograve=ò oacute=ó ocirc=ô otilde=õ ouml=ö oslash=ø ugrave=ù uacute=ú ucirc=û uuml=ü yacute=ý yuml=ÿ szlig=ß Agrave=À Aacute=Á Acirc=Â Atilde=Ã Auml=Ä Aring=Å AElig=Æ Ccedil=Ç Egrave=È Eacute=É Ecirc=Ê Euml=Ë Igrave=Ì Iacute=Í Icirc=Î Iuml=Ï Ntilde=Ñ Ograve=Ò Oacute=Ó Ocirc=Ô Otilde=Õ Ouml=Ö Oslash=Ø Ugrave=Ù Uacute=Ú Ucirc=Û Uuml=Ü Yacute=Ý oelig=œ OElig=Œ';

export const ENTITIES: ReadonlyMap<string, string> = new Map(
  ENTITY_ROWS.split(' ').map((row) => {
    const at = row.indexOf('=');
    return [row.slice(0, at), row.slice(at + 1)];
  }),
);

/** Letters of other scripts that look like Latin ones. Pairs of look-alike and Latin letter. */
const CONFUSABLE_ROWS =
  'АA ВB СC ЕE НH ІI ЈJ КK МM ОO РP ЅS ТT ХX УY ԌG ԚQ ԜW ЗZ аa сc ԁd еe һh іi јj ӏl оo рp ѕs ԛq ѵv ԝw хx уy ҽe ꞓc ԍg пn гr тt мm вb кk нh ' +
  'ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC ϽC αa οo ρp ϲc ϳj νv ιi κk υu χx γy εe ηn τt ωw σo βb ' +
  'օo ոn ցg հh ս' +
  'u զq Տs Օo Լl աw յj ' +
  'ɑa ɡg ɩi ʏy ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ᴢz ɫl ƅb ƨs ƽs ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎫJ ᏦK ᏞL ᎷM ᏢP ᎡR ᏚS ᎢT ᏙV ᎳW ᏃZ ꓮA ꓐB ꓚC ꓓD ꓰE ꓖG ꓧH ꓲI ꓙJ ꓗK ꓡL ꓟM ꓠN ꓳO ꓑP ꓣR ꓢS ꓔT ꓴU ꓦV ꓪW ꓫX ꓬY ꓜZ';

export const CONFUSABLES: ReadonlyMap<string, string> = new Map(
  CONFUSABLE_ROWS.split(' ').map((pair) => [pair.charAt(0), pair.charAt(1)]),
);

/** First code points of the decimal digit blocks (Unicode general category Nd) outside ASCII. */
export const DIGIT_ZEROS: readonly number[] = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
  0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0,
  0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30,
  0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0,
  0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec,
  0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/** First code points of rows of the digits 1 to 9 in circles, in brackets and with a full stop. */
export const DIGIT_ONES: readonly number[] = [0x2474, 0x2488, 0x24f5, 0x2776, 0x2780, 0x278a];

/** Default-ignorable and direction characters. */
export const IGNORABLE =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: the marks themselves are meant.
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]/;
export const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800]/;
export const DASHES =
  /[\u2010-\u2015\u2212\u2043\u058a\u02d7\ufe31\ufe32\ufe58\ufe63\uff0d\u2e3a\u2e3b\u05be\u1806]/;
export const MARKS =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: the marks themselves are meant.
  /[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/;
export const SCRIPTS =
  /[\u0250-\u02af\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u13a0-\u13f5\u1d00-\u1d7f\ua4d0-\ua4ff\ua640-\ua7ff]/;
