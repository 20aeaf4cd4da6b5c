import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the memory of a command small that passes a large text through: young garbage is collected
 * where it is instead of being given ever more room. Measured on 60 MB: 130 MB instead of 205.
 */
export function boundMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
