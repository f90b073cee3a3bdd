import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';

import { Loading } from './Loading';
import { ProblemNotice } from './ProblemNotice';

export interface AnswerProps<Result> {
  result: { data?: Result | null | undefined; error?: CombinedError | undefined };
  retry: () => void;
  children: (data: Result) => ReactNode;
}

/**
 * What a page shows of a question to the plane: that it waits, what went wrong, or the answer. A
 * later failure leaves the last answer visible and says so above it.
 */
export function Answer<Result>({ result, retry, children }: AnswerProps<Result>) {
  const { data, error } = result;
  // A refused question has null for its answer.
  if (data === undefined || data === null) {
    return error ? <ProblemNotice error={error} retry={retry} /> : <Loading />;
  }
  return (
    <>
      {error && <ProblemNotice error={error} retry={retry} />}
      {children(data)}
    </>
  );
}
