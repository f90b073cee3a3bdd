import { useState, type ReactNode } from 'react';
import { useMutation, type TypedDocumentNode } from 'urql';

import { newKey } from '../gql/key';
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
  const [key, setKey] = useState(newKey);
  const [{ error, fetching }, send] = useMutation<Result, { input: Input }>(document);
  const act = async () => {
    const answer = await send({ input: { ...input, idempotencyKey: key } as Input });
    // A request that is changed after a refusal is another one.
    setKey(newKey());
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
