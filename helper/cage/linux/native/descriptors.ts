import { libc } from './libc.ts';

const CLOSE_RANGE_CLOEXEC = 4;

/**
 * Marks every descriptor above stderr close-on-exec. Node marks only up to the first gap, so a
 * descriptor left open by whoever started the helper would reach caged programs. Call it once at
 * helper start, before anything is spawned.
 */
export function closeInheritedDescriptors(): void {
  libc().closeRange(3, 0xffffffff, CLOSE_RANGE_CLOEXEC);
}
