/** Bounded number of runs at a time; the others wait in order. */
export class Slots {
  limit = 1;
  private taken = 0;
  private readonly queue: (() => void)[] = [];

  /** Resolves when there is a place, or at once when the run was stopped while it waited. */
  async take(signal: AbortSignal): Promise<void> {
    if (this.taken < this.limit) {
      this.taken += 1;
      return;
    }
    await new Promise<void>((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', go);
        const at = this.queue.indexOf(go);
        if (at >= 0) this.queue.splice(at, 1);
        this.taken += 1;
        resolve();
      };
      this.queue.push(go);
      signal.addEventListener('abort', go, { once: true });
    });
  }

  give(): void {
    this.taken -= 1;
    if (this.taken < this.limit) this.queue[0]?.();
  }
}
