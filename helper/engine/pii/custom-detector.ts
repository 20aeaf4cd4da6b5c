import { checkPattern, runCustom } from '../../core/pii/custom.ts';
import {
  createDetector,
  type Detector,
  type DetectorPolicy,
  redactFully,
} from '../../core/pii/detector.ts';
import { assertDetection, mergeDetections } from '../../core/pii/merge.ts';

/** The built-in detector and the custom patterns of a policy as one. Throws POLICY_INVALID. */
export function detectorWithCustom(policy: DetectorPolicy): Detector {
  const custom = policy.customPatterns ?? [];
  for (const [index, pattern] of custom.entries())
    checkPattern(pattern, `customPatterns[${index}]`);
  const builtin = createDetector(policy);
  if (custom.length === 0) return builtin;
  const detect: Detector['detect'] = (text) => {
    const own = { spans: runCustom(text, custom), complete: true };
    return mergeDetections(text, [
      builtin.detect(text),
      assertDetection(own, text.length, 'custom'),
    ]);
  };
  return { detect, redact: (text, options = {}) => redactFully(detect, text, options) };
}
