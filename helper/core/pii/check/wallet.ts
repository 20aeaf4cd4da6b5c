/** Checks of wallet addresses: Base58Check, bech32, and forms of other coins. */
import { base58Decode, bech32Holds } from './other.ts';
import { sha256 } from './sha256.ts';

/** The last four bytes are the double SHA-256 of the rest. */
export function base58Check(text: string): boolean {
  const bytes = base58Decode(text);
  if (bytes === null || bytes.length < 21) return false;
  const body = bytes.subarray(0, bytes.length - 4);
  const digest = sha256(sha256(body));
  for (let i = 0; i < 4; i++) if (digest[i] !== bytes[bytes.length - 4 + i]) return false;
  return true;
}

export function isBtc(value: string): boolean {
  if (/^bc1/i.test(value)) return bech32Holds(value);
  const bytes = base58Decode(value);
  if (bytes === null || bytes.length !== 25 || (bytes[0] !== 0 && bytes[0] !== 5)) return false;
  return base58Check(value);
}

/** 40 hex digits that are not one repeated pattern; the EIP-55 case is not judged. */
export function isEth(value: string): boolean {
  return !/^0x([0-9a-fA-F])\1{20}/.test(value);
}

/** Litecoin, XRP, Dogecoin, Tron, Tezos, Dash by checksum; Cardano and Monero by form. */
export function isCryptoWallet(value: string): boolean | string {
  if (/^ltc1|^addr1/.test(value)) return value.startsWith('ltc1') ? bech32Holds(value) : true;
  if (value.length === 95) return 'monero';
  if (value.startsWith('r')) return xrpHolds(value);
  return base58Check(value);
}

const XRP = 'rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz';
const BTC = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

function xrpHolds(value: string): boolean {
  let mapped = '';
  for (const char of value) mapped += BTC[XRP.indexOf(char)] ?? '';
  return mapped.length === value.length && base58Check(mapped);
}
