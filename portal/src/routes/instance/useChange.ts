// From an edited configuration to an applied one: preview, apply with the preview's token and one
// idempotency key per preview, and a new preview when the plane says that the old one is outdated.

import { useState } from 'react';
import { useClient } from 'urql';

import {
  ChangeConfigurationDocument,
  PreviewChangeDocument,
  type ChangeInput,
  type PreviewChangeQuery,
} from '../../gql/configuration.generated';
import { newKey } from '../../gql/key';
import { problemOf, type Problem } from '../../gql/problem';

interface Previewed {
  change: ChangeInput;
  preview: PreviewChangeQuery['previewChange'];
  key: string;
  isNew: boolean;
}

export function useChange() {
  const client = useClient();
  const [previewed, setPreviewed] = useState<Previewed>();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  const preview = async (change: ChangeInput, isNew = false) => {
    setBusy(true);
    const { data, error } = await client.query(
      PreviewChangeDocument,
      { input: change },
      { requestPolicy: 'network-only' },
    );
    setBusy(false);
    setProblem(error && problemOf(error));
    setPreviewed(data && { change, preview: data.previewChange, key: newKey(), isNew });
  };

  /** Whether the change was accepted. */
  const apply = async (reason: string): Promise<boolean> => {
    if (!previewed) return false;
    setBusy(true);
    const { change, preview: seen, key } = previewed;
    const { data, error } = await client.mutation(ChangeConfigurationDocument, {
      input: { change, previewToken: seen.token, reason: reason || null, idempotencyKey: key },
    });
    setBusy(false);
    const refused = error && problemOf(error);
    if (refused?.code === 'OUTDATED') await preview(change, true);
    else setProblem(refused);
    return data !== undefined && data !== null;
  };

  const forget = () => {
    setPreviewed(undefined);
    setProblem(undefined);
  };
  return { previewed, problem, busy, preview, apply, forget };
}
