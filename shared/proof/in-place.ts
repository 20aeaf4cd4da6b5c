import { MessageBuffer } from './sha256.ts';
import type { TreeHasher } from './tree.ts';

/** `TextEncoder.encodeInto`, given from outside: this folder has no platform. */
export type EncodeInto = (text: string, target: Uint8Array) => { written: number };

type Look = (bytes: Uint8Array, from: number, to: number) => void;

/** The tree's hashing for a verifier's inner loop, and the leaf of a text without its bytes apart. */
export interface TextTreeHasher extends TreeHasher {
  /**
   * Leaf hash of the UTF-8 bytes of `text`; a lone surrogate counts as U+FFFD. `look` sees exactly
   * the bytes that were hashed, `bytes[from, to)`, valid during that call only.
   */
  leafOfText(text: string, look?: Look): Uint8Array;
}

/** The same hashes as `treeHasher`, each made in one reused buffer. */
export function inPlaceHasher(encodeInto: EncodeInto): TextTreeHasher {
  const message = new MessageBuffer();
  return {
    empty: message.digest(0),
    leaf: (body) => {
      const bytes = message.reserve(1 + body.length);
      bytes[0] = 0;
      bytes.set(body, 1);
      return message.digest(1 + body.length);
    },
    leafOfText: (text, look) => {
      // No UTF-16 unit takes more than three bytes.
      const bytes = message.reserve(1 + 3 * text.length);
      bytes[0] = 0;
      const end = 1 + encodeInto(text, bytes.subarray(1)).written;
      const leaf = message.digest(end);
      look?.(bytes, 1, end);
      return leaf;
    },
    node: (left, right) => {
      const bytes = message.reserve(1 + left.length + right.length);
      bytes[0] = 1;
      bytes.set(left, 1);
      bytes.set(right, 1 + left.length);
      return message.digest(1 + left.length + right.length);
    },
  };
}
