/**
 * The caged worker: one process per run, inside the cage, that opens files and parses documents
 * on behalf of the filesystem agent. The helper never opens a path that a workflow chose.
 * Paths here are relative to the project (`data/input/letter.docx`); the worker sees exactly the
 * mounts the policy granted.
 */
export interface FileEntry {
  path: string;
  kind: 'file' | 'directory' | 'link' | 'other';
  bytes: number;
  modifiedAt: string;
}

/** A page, sheet or part begins at `at` (UTF-16 offset in the text of the document). */
export interface DocumentSection {
  at: number;
  kind: 'text' | 'page' | 'sheet' | 'part';
  n: number;
  name?: string | undefined;
}

export interface ParsedDocument {
  kind: 'txt' | 'md' | 'csv' | 'json' | 'pdf' | 'docx' | 'xlsx' | 'eml' | 'html';
  text: string;
  /** Where each page, sheet and part starts, in order. */
  sections: DocumentSection[];
  /** Starts of paragraphs or cells, in triples: offset, number or row, 0 or column. */
  units: number[];
  truncated: boolean;
  /** What the text cannot show, in words: pictures without text, macros left out, and so on. */
  warnings: string[];
}

export interface WorkerOps {
  'fs.read': { in: { path: string; maxBytes: number }; out: { text: string; bytes: number } };
  'fs.write': { in: { path: string; text: string; append?: boolean }; out: { bytes: number } };
  'fs.list': { in: { path: string; recursive?: boolean }; out: { entries: FileEntry[] } };
  'fs.stat': { in: { path: string }; out: { entry: FileEntry } };
  'fs.exists': { in: { path: string }; out: { exists: boolean } };
  'fs.move': { in: { from: string; to: string }; out: Record<string, never> };
  'fs.copy': { in: { from: string; to: string }; out: { bytes: number } };
  'fs.delete': { in: { path: string }; out: Record<string, never> };
  'doc.parse': {
    in: {
      path: string;
      maxChars: number;
      /**
       * Also what a reader does not show: properties, deleted text, link targets, alternative
       * texts, formulas, scripts, earlier versions. It follows the visible text.
       */
      hidden?: boolean | undefined;
    };
    out: ParsedDocument;
  };
  /**
   * Writes a redacted copy; the replacements are those found in the text `doc.parse` gave.
   * Metadata is cleaned; a PDF is rewritten from its text, never covered.
   */
  'doc.redact': {
    in: {
      path: string;
      to: string;
      /**
       * SHA-256 (hex) of the UTF-8 text that was scanned. It must be the whole text of the file as
       * it is now, or nothing is written: a truncated or outdated scan would leave data behind.
       */
      textSha256: string;
      /** As the text was parsed. Hidden text is never part of the copy. */
      hidden?: boolean | undefined;
      replacements: { start: number; end: number; marker: string }[];
    };
    out: { bytes: number; sha256: string; warnings: string[] };
  };
}
export type WorkerOp = keyof WorkerOps;

export interface CagedWorker {
  /** Rejects with typed errors (FILE_NOT_FOUND, DENIED, TOO_LARGE, INPUT_INVALID, TIMEOUT). */
  call<O extends WorkerOp>(op: O, input: WorkerOps[O]['in']): Promise<WorkerOps[O]['out']>;
  dispose(): Promise<void>;
}

export interface WorkerGrants {
  projectDir: string;
  /** Project-relative folders; everything else does not exist inside. Write implies read. */
  read: readonly string[];
  write: readonly string[];
}
