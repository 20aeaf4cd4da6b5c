/** A damaged number here and there is told by what stands there; more than this is no table. */
const MAX_DISORDER = 1000;

/**
 * Ends a reading that would never end: SQLite follows the pages of a table as they name each other,
 * and in a damaged or planted file they may stand in a circle, or name one page many times over.
 */
export class Disorder {
  #highest: bigint | null = null;
  #left = MAX_DISORDER;

  /** To be told each key as it is read. Throws when too many were not above the ones before. */
  see(key: bigint): void {
    if (this.#highest === null || key > this.#highest) this.#highest = key;
    else if (this.#left-- === 0) throw outOfOrder();
  }
}

export function outOfOrder(): Error {
  return new Error('The rows of a table do not stand in their order.');
}
