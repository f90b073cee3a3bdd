// An operation with its log: read once, then followed. After a lost connection the plane is asked
// only for the lines that are missing.

import { useCallback, useEffect, useState } from 'react';
import { useClient, type CombinedError } from 'urql';

import { follow } from '../../gql/follow';
import {
  OperationDocument,
  OperationProgressDocument,
  type LogLinePartsFragment,
  type OperationPartsFragment,
} from '../../gql/operation.generated';
import type { OperationState } from '../../gql/schema.generated';

const LINES = 500;

export interface Progress {
  operation: OperationPartsFragment;
  lines: LogLinePartsFragment[];
}

export function isFinal(state: OperationState): boolean {
  return state === 'SUCCEEDED' || state === 'FAILED' || state === 'SUPERSEDED';
}

/** Lines in order, each number once, whichever way they came. */
export function merged(
  known: LogLinePartsFragment[],
  more: LogLinePartsFragment[],
): LogLinePartsFragment[] {
  const last = known.at(-1)?.number ?? 0;
  const fresh = more.filter((line) => line.number > last);
  return fresh.length === 0 ? known : [...known, ...fresh.sort((a, b) => a.number - b.number)];
}

export function useOperation(id: string): {
  data?: Progress | undefined;
  error?: CombinedError | undefined;
  reload: () => void;
} {
  const client = useClient();
  const [round, setRound] = useState(0);
  const [data, setData] = useState<Progress>();
  const [error, setError] = useState<CombinedError>();

  useEffect(() => {
    let left = false;
    let stop: (() => void) | undefined;
    let progress: Progress | undefined;

    const take = (operation: OperationPartsFragment, lines: LogLinePartsFragment[]) => {
      progress = { operation, lines: merged(progress?.lines ?? [], lines) };
      setData(progress);
    };
    const lastLine = () => progress?.lines.at(-1)?.number ?? 0;

    const read = async () => {
      for (;;) {
        const result = await client.query(
          OperationDocument,
          { id, afterLine: lastLine() },
          { requestPolicy: 'network-only' },
        );
        if (left) return;
        setError(result.error);
        if (!result.data) return;
        const { log, ...operation } = result.data.operation;
        take(operation, log);
        if (log.length < LINES) break;
      }
      if (progress && !isFinal(progress.operation.state)) watch();
    };
    const watch = () => {
      stop = follow(OperationProgressDocument, () => ({ id, afterLine: lastLine() }), {
        next: ({ operationProgress: { operation, lines } }) => {
          take(operation, lines);
        },
        // Read once more: the last lines may come with the end itself.
        end: () => void (left || read()),
      });
    };
    void read();
    return () => {
      left = true;
      stop?.();
    };
  }, [client, id, round]);

  const reload = useCallback(() => {
    setRound((past) => past + 1);
  }, []);
  return { data: data?.operation.id === id ? data : undefined, error, reload };
}
