/** Bytes of UTF-8 that one workflow file may hold, on every way in. */
export const MAX_WORKFLOW_BYTES = 1_048_576;
