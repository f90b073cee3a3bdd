import type { ReactNode } from 'react';
import type { TypedDocumentNode } from 'urql';

import { useKeyed } from '../gql/useKeyed';
import { Dialog } from './Dialog';
import { ProblemNotice } from './ProblemNotice';

interface Keyed {
  idempotencyKey: string;
}

export interface ConfirmationProps<Result, Input extends Keyed> {
  title: string;
  /** What it means. */
  children: ReactNode;
  label: string;
  testid: string;
  danger?: boolean;
  /** Whether something is missing yet. */
  disabled?: boolean;
  document: TypedDocumentNode<Result, { input: Input }>;
  input: Omit<Input, 'idempotencyKey'>;
  close: () => void;
  done: () => void;
}

/** Asks once more, does it, and shows what was refused where it was asked. */
export function Confirmation<Result, Input extends Keyed>({
  title,
  children,
  label,
  testid,
  danger = true,
  disabled = false,
  document,
  input,
  close,
  done,
}: ConfirmationProps<Result, Input>) {
  const [{ error, fetching }, send] = useKeyed<Result, Input>(document);
  const act = async () => {
    const answer = await send({ input });
    if (!answer.error) done();
  };
  return (
    <Dialog
      title={title}
      close={close}
      confirm={{ label, testid, danger, disabled, busy: fetching, act: () => void act() }}
    >
      {error && <ProblemNotice error={error} />}
      {children}
    </Dialog>
  );
}
