import { useRef } from 'react';
import { useMutation, type TypedDocumentNode } from 'urql';

import { newKey } from './key';

interface Keyed {
  idempotencyKey: string;
}

/**
 * A mutation whose requests get their keys here. What is sent again just as it was has the key of the
 * first time, until it was done: an answer that got lost, or a refusal that is over, makes nothing
 * twice. Anything else is another request.
 */
export function useKeyed<Result, Input extends Keyed>(
  document: TypedDocumentNode<Result, { input: Input }>,
) {
  const [state, mutate] = useMutation<Result, { input: Input }>(document);
  const open = useRef<{ text: string; key: string }>(undefined);
  const send = async ({ input }: { input: Omit<Input, 'idempotencyKey'> }) => {
    const text = JSON.stringify(input);
    if (open.current?.text !== text) open.current = { text, key: newKey() };
    const whole = { ...input, idempotencyKey: open.current.key } as Input;
    const answer = await mutate({ input: whole });
    if (!answer.error) open.current = undefined;
    return answer;
  };
  return [state, send] as const;
}
