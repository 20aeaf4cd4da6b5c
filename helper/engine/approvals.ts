import type { Approval } from '../../shared/contract/approvals.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import type { ApprovalAnswer, ApprovalAsk, Approver } from './port.ts';

interface Open {
  view: Approval;
  resolve(answer: ApprovalAnswer): void;
}

/**
 * The questions of live runs. Each is bound to the digest of one action, is answered once, and is
 * gone when its time is over or its run was stopped; an interrupted run asks anew.
 */
export class ApprovalDesk implements Approver {
  private readonly open = new Map<string, Open>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  ask(question: ApprovalAsk, signal: AbortSignal): Promise<ApprovalAnswer> {
    return new Promise((resolve) => {
      const close = (answer: ApprovalAnswer): void => {
        this.open.delete(question.id);
        resolve(answer);
      };
      signal.addEventListener(
        'abort',
        () => close({ granted: false, by: 'nobody', reason: 'No answer in time.' }),
        { once: true },
      );
      this.open.set(question.id, {
        view: {
          id: question.id,
          project: question.project,
          run: question.run,
          step: question.step,
          kind: question.kind,
          message: question.message,
          digest: question.digest,
          rule: question.rule,
          requestedBy: question.requestedBy,
          askedAt: new Date(this.now()).toISOString(),
          expiresAt: new Date(question.expiresAt).toISOString(),
        },
        resolve: close,
      });
    });
  }

  /** Oldest first. */
  list(project: string): Approval[] {
    return [...this.open.values()].map((open) => open.view).filter((v) => v.project === project);
  }

  /** @throws AkiosError NOT_FOUND (answered, expired or never asked), INPUT_INVALID */
  answer(id: string, answer: ApprovalAnswer): Approval {
    const open = this.open.get(id);
    if (!open) {
      throw new AkiosError(
        'NOT_FOUND',
        'This question is not open: answered, expired or unknown.',
        {
          hint: 'List the open ones with `akios approvals`.',
        },
      );
    }
    if (answer.granted && open.view.kind === 'budget' && answer.limitMicros === undefined) {
      throw new AkiosError('INPUT_INVALID', 'A question about money needs the new budget.', {
        hint: 'Give it with --budget, for example --budget 2.50.',
      });
    }
    open.resolve(answer);
    return open.view;
  }
}
