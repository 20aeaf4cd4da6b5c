export const enCheckpoint = {
  'checkpoint.open': 'Checkpoint to print',
  'checkpoint.title': 'Checkpoint of {n} records',
  'checkpoint.none': 'There is no signed checkpoint yet.',
  'checkpoint.noneBody': 'The first record that is written gets one.',
  'checkpoint.why':
    'Keep this where nobody of this machine can write: a printed page, a photo, another computer. Whoever rewrites the ledger later cannot rewrite it.',
  'checkpoint.alt':
    'QR code of the signed checkpoint of {n} records; the same text stands below it',
  'checkpoint.tooLong': 'This checkpoint is too long for a QR code. Copy its text instead.',
  'checkpoint.text': 'What the code holds',
  'checkpoint.origin': 'Ledger',
  'checkpoint.at': 'Last record',
  'checkpoint.root': 'Root',
  'checkpoint.check': 'To check it later, save the text to a file and run',
  'checkpoint.what': 'checkpoint',
  'checkpoint.copy': 'Copy text',
  'checkpoint.print': 'Print',
} as const;
