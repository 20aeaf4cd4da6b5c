import {
  holdings,
  hostMemory,
  mappingMemory,
  mappingsIn,
  pageTables,
  pipeMemory,
  pipeSoftPages,
} from './hidden-memory.ts';
import { socketMemory } from './socket-memory.ts';
import { exactMemory, heldFiles, lookAt, type TreeLook } from './tree.ts';

const MIB = 1024 * 1024;
/** Descriptors are looked through this often although the host as a whole seems to hold no more. */
const FILES_ANYWAY_MS = 1000;
/** A page table of 4 KiB reaches over 2 MiB. */
const TABLE_REACH = 512;
/** Looking through every mapping is paid for by this many times its length in rest, at least this. */
const REST = 4;
const LEAST_REST_MS = 500;

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;

/**
 * Memory of a cage that no control group holds. Resident sets show only what is mapped and touched;
 * what a program can hold beside them (memory files, page tables, pipes, descriptors under way) is
 * counted, or taken from what the whole host has gained since the program began, where it could be
 * the one who holds it.
 */
export class MemoryWatch {
  readonly #init: number;
  readonly #most: number;
  readonly #scratch: () => Promise<number>;
  readonly #end: (detail: string) => void;
  readonly #blind: (error: unknown) => void;
  /** The least that the host held: what others give back must hide no growth. */
  readonly #least = hostMemory();
  readonly #softPages = pipeSoftPages();
  #nextFiles = performance.now() + FILES_ANYWAY_MS;
  #nextHunt = 0;
  #hunt: Promise<void> | null = null;

  /** @param scratch bytes that its own temporary folders hold: they have a limit of their own */
  constructor(
    init: number,
    mostBytes: number,
    scratch: () => Promise<number>,
    end: (detail: string) => void,
    blind: (error: unknown) => void,
  ) {
    this.#init = init;
    this.#most = mostBytes;
    this.#scratch = scratch;
    this.#end = end;
    this.#blind = blind;
  }

  /** Resolves when nothing is being looked through any more. */
  async settled(): Promise<void> {
    await this.#hunt;
  }

  look(look: TreeLook): void {
    const most = this.#most;
    const host = hostMemory();
    this.#least.shared = Math.min(this.#least.shared, host.shared);
    this.#least.kernel = Math.min(this.#least.kernel, host.kernel);
    const shared = host.shared - this.#least.shared;
    const kernel = host.kernel - this.#least.kernel;
    const sockets = socketMemory(this.#init);
    if (sockets > most)
      this.#end(`Its sockets can hold ${mib(sockets)}; ${mib(most)} are allowed.`);
    const tables = look.virtualBytes / TABLE_REACH > most / 8 ? pageTables(look.pids) : 0;
    const files = this.#files(look.pids, shared);
    const seen = tables + files;
    if (look.rssBytes + seen > most) {
      const exact = exactMemory(look) + seen;
      if (exact > most) this.#tooMuch(exact);
    }
    if (look.rssBytes + seen + shared + kernel <= most) return;
    const now = performance.now();
    if (this.#hunt !== null || now < this.#nextHunt) return;
    this.#hunt = this.#judgeHidden(shared, kernel)
      .catch(this.#blind)
      .finally(() => {
        const took = performance.now() - now;
        this.#nextHunt = performance.now() + Math.max(LEAST_REST_MS, REST * took);
        this.#hunt = null;
      });
  }

  /** Memory files and pipes that descriptors hold; 0 between two looks. */
  #files(pids: readonly number[], shared: number): number {
    const now = performance.now();
    if (shared <= this.#most / 8 && now < this.#nextFiles) return 0;
    this.#nextFiles = now + FILES_ANYWAY_MS;
    const held = heldFiles(pids, null);
    return held.memory + pipeMemory(held.pipes, this.#softPages);
  }

  /**
   * What the host gained is this program's as far as it may hold it. Another program can gain the
   * same at the same time, so only a program that holds such things is judged by it.
   */
  async #judgeHidden(shared: number, kernel: number): Promise<void> {
    const scratch = await this.#scratch();
    const { pids, rssOf } = lookAt(this.#init);
    const reach = await holdings(pids, mappingsIn(this.#most));
    const held = heldFiles(pids, null);
    const may = reach.unknown ? Number.MAX_SAFE_INTEGER : reach.mapped;
    const hidden = Math.min(may, Math.max(0, shared - scratch - held.memory));
    const all =
      exactMemory({ pids, rssOf }, 'private') +
      held.memory +
      hidden +
      pipeMemory(held.pipes, this.#softPages) +
      pageTables(pids) +
      Math.min(mappingMemory(reach.mappings), kernel);
    if (all > this.#most) this.#tooMuch(all);
  }

  #tooMuch(bytes: number): void {
    this.#end(`Its processes held ${mib(bytes)} of memory; ${mib(this.#most)} are allowed.`);
  }
}
