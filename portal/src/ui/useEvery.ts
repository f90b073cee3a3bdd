// Whole lists that are short by nature (organizations, projects), read page by page to the end, so
// that nothing is missing from a choice without a word.

import { useCallback, useEffect, useState } from 'react';
import { useClient, type AnyVariables, type CombinedError, type TypedDocumentNode } from 'urql';

export interface Connection<Row> {
  nodes: Row[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export interface Every<Row> {
  data?: Row[] | undefined;
  error?: CombinedError | undefined;
  reload: () => void;
}

export function useEvery<Result, Variables extends AnyVariables & { after?: string | null }, Row>(
  document: TypedDocumentNode<Result, Variables>,
  pick: (result: Result) => Connection<Row>,
): Every<Row> {
  const client = useClient();
  const [state, setState] = useState<{ data?: Row[]; error?: CombinedError }>({});
  const [round, setRound] = useState(0);

  useEffect(() => {
    let left = false;
    const read = async () => {
      const rows: Row[] = [];
      let after: string | null = null;
      for (;;) {
        const variables = { after } as unknown as Variables;
        const result = await client.query(document, variables, {
          requestPolicy: round === 0 ? 'cache-first' : 'network-only',
        });
        if (left) return;
        if (result.error || !result.data) {
          setState((past) => ({ ...past, ...(result.error ? { error: result.error } : {}) }));
          return;
        }
        const connection = pick(result.data);
        rows.push(...connection.nodes);
        after = connection.pageInfo.endCursor;
        if (!connection.pageInfo.hasNextPage || after === null) break;
      }
      setState({ data: rows });
    };
    void read();
    return () => {
      left = true;
    };
    // `pick` is a constant of the caller's module.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, document, round]);

  const reload = useCallback(() => {
    setRound((past) => past + 1);
  }, []);
  return { ...state, reload };
}
