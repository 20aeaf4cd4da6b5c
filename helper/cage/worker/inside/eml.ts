import PostalMime, { type Address, type Attachment, decodeWords, type Email } from 'postal-mime';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import { decodeText } from './decode.ts';
import { htmlText, htmlUnseen } from './html.ts';
import type { TextSink } from './text-sink.ts';

/** Headers that are read as the mail itself; all others are the way it took. */
const SHOWN = new Set(['from', 'reply-to', 'to', 'cc', 'bcc', 'date', 'subject']);
/** Each is looked for in the whole file. */
const MAX_BOUNDARIES = 64;
const BOUNDARY = /\bboundary=(?:"([^"\r\n]{1,70})"|([^\s";]{1,70}))/gi;
const TEXT = /^(?:text\/(?!html)|application\/(?:json|xml|csv))/;

/**
 * Reads an attached document as a part of this one; false when it is of no kind that is read. With
 * `unseen` only what a reader of it does not show.
 */
export type Nested = (
  name: string,
  bytes: Uint8Array,
  sink: TextSink,
  unseen: boolean,
) => Promise<boolean>;

function addressText(address: Address): string {
  if (address.address === undefined) {
    return `${address.name}: ${(address.group ?? []).map(addressText).join(', ')};`;
  }
  return address.name ? `${address.name} <${address.address}>` : address.address;
}

/**
 * Headers a person reads, the bodies, and the attachments with their names: text and documents are
 * read, others named in a warning. With `hidden`, the other headers and what HTML does not show.
 */
export async function walkEml(
  bytes: Uint8Array,
  sink: TextSink,
  hidden: boolean,
  nested: Nested,
): Promise<void> {
  const mail = await PostalMime.parse(new Uint8Array(bytes), {
    maxNestingDepth: 32,
    maxHeadersSize: 256 * 1024,
    // Read as documents of their own, with all their headers.
    forceRfc822Attachments: true,
  });
  sink.section('part', 1, 'message');
  walkHeaders(mail, sink);
  const body = mail.text ?? (mail.html === undefined ? '' : htmlText(mail.html));
  sink.text(body);
  if (!body.endsWith('\n')) sink.gap('\n');
  if (mail.text !== undefined && mail.html !== undefined) {
    sink.section('part', 1, 'formatted message');
    sink.text(htmlText(mail.html));
    sink.gap('\n');
  }
  for (const [index, attachment] of mail.attachments.entries()) {
    sink.section('part', index + 1, 'attachment');
    await walkAttachment(attachment, sink, nested);
  }
  if (hidden) await walkUnseen(mail, bytes, sink, nested);
}

function walkHeaders(mail: Email, sink: TextSink): void {
  const line = (name: string, value: string | undefined) => {
    if (value) sink.text(`${name}: ${value}\n`);
  };
  line('From', mail.from && addressText(mail.from));
  line('Reply-To', mail.replyTo?.map(addressText).join(', '));
  line('To', mail.to?.map(addressText).join(', '));
  line('Cc', mail.cc?.map(addressText).join(', '));
  line('Bcc', mail.bcc?.map(addressText).join(', '));
  line('Date', mail.date);
  line('Subject', mail.subject);
  sink.text('\n');
}

function bytesOf(content: Attachment['content']): Uint8Array {
  return typeof content === 'string'
    ? Buffer.from(content)
    : new Uint8Array(content as ArrayBuffer | Uint8Array<ArrayBuffer>);
}

/** Of what kind an attachment is says its name, else what the mail says of it. */
function nameOf(filename: string | null, mimeType: string): string {
  if (mimeType === 'message/rfc822') return 'message.eml';
  if (mimeType === 'text/html' && !/\.html?$/i.test(filename ?? '')) return 'page.html';
  return filename ?? 'without a name';
}

async function walkAttachment(
  { filename, mimeType, content }: Attachment,
  sink: TextSink,
  nested: Nested,
): Promise<void> {
  sink.text(`Attachment: ${filename ?? 'without a name'}\n`);
  const bytes = bytesOf(content);
  try {
    if (TEXT.test(mimeType)) sink.text(decodeText(bytes, 'The attachment'));
    else if (!(await nested(nameOf(filename, mimeType), bytes, sink, false))) {
      sink.warn('An attachment of another kind is named, not read; it was not scanned.');
    }
  } catch (error) {
    if (!(error instanceof AkiosError)) throw error;
    sink.warn('An attachment could not be read; it was not scanned.');
  }
  sink.gap('\n');
}

async function walkUnseen(
  mail: Email,
  bytes: Uint8Array,
  sink: TextSink,
  nested: Nested,
): Promise<void> {
  sink.hideRest();
  const others = mail.headers.filter(({ key }) => !SHOWN.has(key.toLowerCase()));
  if (others.length > 0) {
    sink.section('part', 1, 'other headers');
    for (const { key, value } of others) {
      sink.text(`${key}: ${decodeWords(value)}`);
      sink.gap('\n');
    }
  }
  unseenText(mail.html === undefined ? '' : htmlUnseen(mail.html), 'hidden html', sink);
  unseenText(betweenParts(bytes), 'outside the parts', sink);
  for (const [index, { filename, mimeType, content }] of mail.attachments.entries()) {
    if (TEXT.test(mimeType)) continue;
    sink.section('part', index + 1, 'hidden data of an attachment');
    try {
      await nested(nameOf(filename, mimeType), bytesOf(content), sink, true);
    } catch (error) {
      if (!(error instanceof AkiosError)) throw error;
      sink.warn('An attachment could not be read; it was not scanned.');
    }
  }
}

function unseenText(text: string, name: string, sink: TextSink): void {
  if (text.trim() === '') return;
  sink.section('part', 1, name);
  sink.text(text);
  sink.gap('\n');
}

/** Text before the first part, and behind the last: programs leave it out, the file holds it. */
function betweenParts(bytes: Uint8Array): string {
  const source = Buffer.from(bytes).toString('latin1');
  const marks = new Set<string>();
  for (const [, quoted, bare] of source.matchAll(BOUNDARY)) {
    if (marks.size < MAX_BOUNDARIES) marks.add(`--${quoted ?? bare ?? ''}`);
  }
  const parts: string[] = [];
  for (const mark of marks) {
    const first = source.indexOf(`\n${mark}`);
    const head = Math.max(source.indexOf('\n\n'), source.indexOf('\r\n\r\n'));
    if (parts.length === 0 && head >= 0 && head < first) parts.push(source.slice(head, first));
    const close = source.indexOf(`\n${mark}--`);
    if (close < 0) continue;
    const next = source.indexOf('\n--', close + mark.length + 3);
    parts.push(source.slice(close + mark.length + 3, next < 0 ? undefined : next));
  }
  return Buffer.from(parts.join('\n'), 'latin1').toString('utf8');
}
