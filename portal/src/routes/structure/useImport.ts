// An import: preview, then part after part, each previewed anew with one idempotency key per preview,
// until nothing is left or something is refused.

import { useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';

import { newKey } from '../../gql/key';
import { problemCode, problemOf, type Problem } from '../../gql/problem';
import {
  ImportStructureDocument,
  PreviewStructureDocument,
  type ImportStructureMutation,
  type StructureInput,
} from '../../gql/structure.generated';

export interface Previewed {
  structure: StructureInput;
  token: string;
  steps: string[];
  key: string;
}

type Refusal = NonNullable<ImportStructureMutation['importStructure']['refusal']>;

/** A refusal of one step, as if it had been asked for alone. */
const problemIn = ({ code, message, approval }: Refusal): Problem => ({
  code: problemCode(code),
  message,
  fields: [],
  approval: approval ?? undefined,
});

export function useImport() {
  const client = useClient();
  const [previewed, setPreviewed] = useState<Previewed>();
  const [done, setDone] = useState<number>();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const isLeft = useRef(false);
  useEffect(() => {
    isLeft.current = false;
    return () => {
      isLeft.current = true;
    };
  }, []);

  const look = async (structure: StructureInput): Promise<Previewed | undefined> => {
    const { data, error } = await client.query(
      PreviewStructureDocument,
      { input: structure },
      { requestPolicy: 'network-only' },
    );
    setProblem(error && problemOf(error));
    // What was refused has no data: null, or nothing at all.
    return data ? { structure, ...data.previewStructure, key: newKey() } : undefined;
  };

  const preview = async (structure: StructureInput) => {
    setBusy(true);
    setDone(undefined);
    setPreviewed(await look(structure));
    setBusy(false);
  };

  const apply = async () => {
    setBusy(true);
    let before = 0;
    let next = previewed;
    while (next && !isLeft.current) {
      const { structure, token, key } = next;
      const input = { structure, previewToken: token, idempotencyKey: key };
      const { data, error } = await client.mutation(ImportStructureDocument, { input });
      next = undefined;
      if (data) {
        const part = data.importStructure;
        before += part.done;
        setDone(before);
        setProblem(part.refusal ? problemIn(part.refusal) : undefined);
        if (!part.refusal && part.left > 0) next = await look(structure);
      } else {
        setProblem(error && problemOf(error));
      }
    }
    setBusy(false);
  };

  const forget = () => {
    setPreviewed(undefined);
    setDone(undefined);
    setProblem(undefined);
  };
  return { previewed, done, problem, busy, preview, apply, forget };
}
