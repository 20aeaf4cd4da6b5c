import { type ErrorCode, EXIT, type ExitCode, exitCodeOf } from './errors.ts';
import type { RunState } from './states.ts';

/**
 * The exit code of a run: the status of `akios run`, `exit_code` of its JSON and of output.json.
 * @param code of the error that ended the run; null when none did
 */
export function runExitCode(state: RunState, code: ErrorCode | null): ExitCode {
  switch (state) {
    case 'succeeded':
      return EXIT.ok;
    case 'rollback_incomplete':
      return EXIT.rollbackIncomplete;
    case 'denied':
      return EXIT.denied;
    case 'killed':
      return code === null ? EXIT.interrupted : exitCodeOf(code);
    default: {
      const exit = code === null ? EXIT.failed : exitCodeOf(code);
      // No run that did not succeed may look like one that did.
      return exit === EXIT.ok ? EXIT.failed : exit;
    }
  }
}
