import PostalMime, { type Address } from 'postal-mime';
import { htmlText } from './html.ts';
import type { TextSink } from './text-sink.ts';

function addressText(address: Address): string {
  if (address.address === undefined) {
    return `${address.name}: ${(address.group ?? []).map(addressText).join(', ')};`;
  }
  return address.name ? `${address.name} <${address.address}>` : address.address;
}

/** Headers a person reads, the body, and the names of the attachments (which are not opened). */
export async function walkEml(bytes: Uint8Array, sink: TextSink): Promise<void> {
  const mail = await PostalMime.parse(new Uint8Array(bytes), {
    maxNestingDepth: 32,
    maxHeadersSize: 256 * 1024,
  });
  sink.page();
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
  const body = mail.text ?? (mail.html === undefined ? '' : htmlText(mail.html));
  sink.text(body);
  if (!body.endsWith('\n')) sink.gap('\n');
  if (mail.text !== undefined && mail.html !== undefined) {
    sink.page();
    sink.text(htmlText(mail.html));
    sink.gap('\n');
  }
  for (const attachment of mail.attachments) {
    sink.warn('Attachments are named, not opened.');
    line('Attachment', attachment.filename ?? 'without a name');
  }
}
