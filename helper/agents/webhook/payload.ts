import { createHmac } from 'node:crypto';
import type { JsonObject } from '../../../shared/domain/json.ts';

export const PLATFORMS = ['slack', 'discord', 'teams', 'generic'] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface Message {
  message: string;
  channel?: string | undefined;
  username?: string | undefined;
  title?: string | undefined;
  data?: JsonObject | undefined;
  run: string;
  step: string;
  sentAt: string;
}

/** Longest message each platform takes; what is longer is cut and says so. */
const MAX_CHARS: Readonly<Record<Platform, number>> = {
  slack: 30_000,
  discord: 2000,
  teams: 20_000,
  generic: 100_000,
};

/** The body a platform expects. Text from documents cannot mention people or become markup links. */
export function payloadFor(platform: Platform, message: Message): JsonObject {
  const text = shorten(message.message, MAX_CHARS[platform]);
  const named = {
    ...(message.username === undefined ? {} : { username: message.username }),
  };
  switch (platform) {
    case 'slack':
      return {
        // Slack reads <!channel>, <@user> and <url|text> in text; its three signs are escaped.
        text: text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
        ...(message.channel === undefined ? {} : { channel: message.channel }),
        ...named,
      };
    case 'discord':
      return { content: text, allowed_mentions: { parse: [] }, ...named };
    case 'teams':
      return {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            content: {
              $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
              type: 'AdaptiveCard',
              version: '1.4',
              body: teamsBody(message.title, text),
            },
          },
        ],
      };
    case 'generic':
      return {
        message: text,
        run: message.run,
        step: message.step,
        sent_at: message.sentAt,
        ...(message.title === undefined ? {} : { title: message.title }),
        ...(message.channel === undefined ? {} : { channel: message.channel }),
        ...named,
        ...(message.data === undefined ? {} : { data: message.data }),
      };
  }
}

function teamsBody(title: string | undefined, text: string): JsonObject[] {
  // RichTextBlock shows text as it is; TextBlock would read Markdown in it.
  const plain: JsonObject = { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text }] };
  if (title === undefined) return [plain];
  const head: JsonObject = {
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text: title, weight: 'Bolder' }],
  };
  return [head, plain];
}

function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 16).toWellFormed()} … (cut)`;
}

/**
 * Signature of a delivery: hex HMAC-SHA256 over `v1:<unix seconds>:<body>`. The receiver computes
 * the same, compares in constant time and refuses a timestamp older than five minutes.
 */
export function signatureOf(secret: string, unixSeconds: number, body: string): string {
  const mac = createHmac('sha256', secret).update(`v1:${unixSeconds}:${body}`, 'utf8');
  return `v1=${mac.digest('hex')}`;
}
