// Work on many instances: preview, apply with the preview's token and one idempotency key per
// preview, and a new preview when the plane says that the old one is outdated.

import { useState } from 'react';
import { useClient } from 'urql';

import {
  ApplyBatchDocument,
  PreviewBatchDocument,
  type ApplyBatchMutation,
  type BatchInput,
  type PreviewBatchQuery,
} from '../../gql/batch.generated';
import { newKey } from '../../gql/key';
import { problemOf, type Problem } from '../../gql/problem';

export interface PreviewedBatch {
  batch: BatchInput;
  preview: PreviewBatchQuery['previewBatch'];
  key: string;
  isNew: boolean;
}

export type Outcomes = ApplyBatchMutation['applyBatch']['items'];

export function useBatch() {
  const client = useClient();
  const [previewed, setPreviewed] = useState<PreviewedBatch>();
  const [outcomes, setOutcomes] = useState<Outcomes>();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  const preview = async (batch: BatchInput, isNew = false) => {
    setBusy(true);
    const { data, error } = await client.query(
      PreviewBatchDocument,
      { input: batch },
      { requestPolicy: 'network-only' },
    );
    setBusy(false);
    setProblem(error && problemOf(error));
    setPreviewed(data && { batch, preview: data.previewBatch, key: newKey(), isNew });
  };

  const apply = async (reason: string) => {
    if (!previewed) return;
    setBusy(true);
    const { batch, preview: seen, key } = previewed;
    const { data, error } = await client.mutation(ApplyBatchDocument, {
      input: { batch, previewToken: seen.token, reason: reason || null, idempotencyKey: key },
    });
    setBusy(false);
    const refused = error && problemOf(error);
    if (refused?.code === 'OUTDATED') await preview(batch, true);
    else setProblem(refused);
    setOutcomes(data?.applyBatch.items);
  };

  const forget = () => {
    setPreviewed(undefined);
    setProblem(undefined);
  };
  return { previewed, outcomes, problem, busy, preview, apply, forget };
}
