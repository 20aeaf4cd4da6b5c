/**
 * Imported before the PDF reader, which looks for drawing classes of a browser when it loads and
 * otherwise tries to load a native addon. Only text is read here; nothing is ever drawn.
 */
class Unused {}
const scope = globalThis as Record<string, unknown>;
for (const name of ['DOMMatrix', 'Path2D', 'ImageData']) scope[name] ??= Unused;
// stdout carries frames; a library's print must not get in between.
for (const name of ['log', 'info', 'debug'] as const) console[name] = console.error;
