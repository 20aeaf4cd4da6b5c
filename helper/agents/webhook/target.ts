import { isIP } from 'node:net';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Platform } from './payload.ts';

/** Hosts at which each platform takes webhooks; a leading dot stands for any name below. */
const PLATFORM_HOSTS: Readonly<Record<Exclude<Platform, 'generic'>, readonly string[]>> = {
  slack: ['hooks.slack.com', 'hooks.slack-gov.com'],
  discord: ['discord.com', 'discordapp.com'],
  teams: ['.webhook.office.com', '.logic.azure.com', '.api.powerplatform.com'],
};

const isAt = (host: string, listed: string) =>
  listed.startsWith('.') ? host.endsWith(listed) : host === listed;

/** The platform a host belongs to, `generic` for any other. */
export function platformOf(url: URL): Platform {
  for (const [platform, hosts] of Object.entries(PLATFORM_HOSTS)) {
    if (hosts.some((listed) => isAt(url.hostname, listed))) return platform as Platform;
  }
  return 'generic';
}

/**
 * Checks the form of a webhook address. Whether the host may be reached is the policy's decision.
 * The address itself is a secret on most platforms, so no error repeats it.
 * @throws AkiosError INPUT_INVALID
 */
export function checkedUrl(text: string, platform: Platform | undefined): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const fail = (reason: string, hint: string) =>
    new AkiosError('INPUT_INVALID', `webhook_url: ${reason}.`, { where: 'webhook_url', hint });
  if (!url) throw fail('is not a URL', 'Write https://host/path.');
  if (url.protocol !== 'https:') throw fail('is not https', 'Webhooks are sent over https only.');
  if (url.username || url.password) {
    throw fail('holds a user name or password', 'Use signing_secret to prove who sends.');
  }
  if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) {
    throw fail('names an address instead of a host', 'Write the name the certificate is for.');
  }
  if (platform && platform !== 'generic' && platformOf(url) !== platform) {
    const hosts = PLATFORM_HOSTS[platform].join(', ');
    throw fail(`is not at ${platform}`, `${platform} takes webhooks at ${hosts}.`);
  }
  return url;
}
