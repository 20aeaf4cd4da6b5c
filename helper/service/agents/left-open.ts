import type { Ledger } from '../../store/ledger/port.ts';

/**
 * Closes what a helper that was killed could not record: how those programs ended is not known.
 * To be called when the ledger was just opened, before anything is started with it.
 * Resolves to the number of rows that were added. When they cannot be written the ledger is closed
 * again, so that the next caller tries anew.
 */
export async function closeLeftOpen(ledger: Ledger): Promise<number> {
  try {
    return await closeAll(ledger);
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

async function closeAll(ledger: Ledger): Promise<number> {
  const open = ledger.openIntents();
  for (const intent of open) {
    await ledger.append({
      type: 'outcome.unknown',
      actor: { type: 'helper', id: 'recovery' },
      subject: intent.subject,
      ...(intent.run === null ? {} : { run: intent.run }),
      intent: intent.seq,
      result: { status: 'unknown', code: 'INTERRUPTED' },
      data: { intent_type: intent.type },
    });
  }
  return open.length;
}
