import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import { decodeText } from './decode.ts';
import { htmlText, htmlUnseen } from './html.ts';
import type { TextSink } from './text-sink.ts';

/** Headers that are read as the mail itself; all others are the way it took. */
const SHOWN = new Set(['from', 'reply-to', 'to', 'cc', 'bcc', 'date', 'subject']);
const TEXT = /^(?:text\/(?!html)|application\/(?:json|xml|csv))/;

/** Reads an attached document as a part of this one; false when it is of no kind that is read. */
export type Nested = (name: string, bytes: Uint8Array, sink: TextSink) => Promise<boolean>;

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
  if (hidden) walkUnseen(mail, sink);
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

async function walkAttachment(
  { filename, mimeType, content }: Attachment,
  sink: TextSink,
  nested: Nested,
): Promise<void> {
  const name = filename ?? 'without a name';
  sink.text(`Attachment: ${name}\n`);
  const bytes =
    typeof content === 'string'
      ? Buffer.from(content)
      : new Uint8Array(content as ArrayBuffer | Uint8Array<ArrayBuffer>);
  try {
    if (TEXT.test(mimeType)) sink.text(decodeText(bytes, 'The attachment'));
    else if (!(await nested(name, bytes, sink))) {
      sink.warn('An attachment of another kind is named, not read; it was not scanned.');
    }
  } catch (error) {
    if (!(error instanceof AkiosError)) throw error;
    sink.warn('An attachment could not be read; it was not scanned.');
  }
  sink.gap('\n');
}

function walkUnseen(mail: Email, sink: TextSink): void {
  sink.hideRest();
  const others = mail.headers.filter(({ key }) => !SHOWN.has(key.toLowerCase()));
  if (others.length > 0) {
    sink.section('part', 1, 'other headers');
    for (const { key, value } of others) {
      sink.text(`${key}: ${value}`);
      sink.gap('\n');
    }
  }
  const unseen = mail.html === undefined ? '' : htmlUnseen(mail.html);
  if (unseen === '') return;
  sink.section('part', 1, 'hidden html');
  sink.text(unseen);
  sink.gap('\n');
}
