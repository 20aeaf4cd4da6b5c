import type { Ledger } from '../store/ledger/port.ts';

/**
 * Closes what a helper that was killed could not record: how those effects ended is not known. To be
 * called when the ledger was just opened, before anything is started with it. Resolves to the number
 * of rows that were added.
 *
 * The open intents are found by the search index. While that is made anew, the ledger is used
 * already: those of before are then closed as soon as it is complete, and `onLate` hears when that
 * fails. What began meanwhile is never among them.
 */
export async function closeLeftOpen(
  ledger: Ledger,
  onLate: (error: unknown) => void,
): Promise<number> {
  const before = ledger.size();
  if (ledger.indexing() === null) return await closeAll(ledger, before);
  const late = async (): Promise<void> => {
    // A ledger that is closed first finds the same intents at its next opening.
    if (await ledger.indexed()) await closeAll(ledger, before);
  };
  late().catch(onLate);
  return 0;
}

async function closeAll(ledger: Ledger, before: number): Promise<number> {
  const open = ledger.openIntents().filter((intent) => intent.seq < before);
  for (const intent of open) {
    await ledger.append({
      type: 'outcome.unknown',
      actor: { type: 'helper', id: 'recovery' },
      subject: intent.subject,
      ...(intent.run === null ? {} : { run: intent.run }),
      ...(intent.step === null ? {} : { step: intent.step }),
      intent: intent.seq,
      result: { status: 'unknown', code: 'INTERRUPTED' },
      data: { intent_type: intent.type },
    });
  }
  return open.length;
}
