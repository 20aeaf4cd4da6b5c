import * as z from 'zod';

// The content policy forbids generated code, so parsers are interpreted. This module is imported
// before any other: stores parse what they kept while they are being loaded.
z.config({ jitless: true });
