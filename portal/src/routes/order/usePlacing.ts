// From a filled form to an order: preview, order with the preview's token and one idempotency key
// per preview, and a new preview when the plane says that the old one is outdated.

import { useCallback, useState } from 'react';
import { useClient } from 'urql';

import { newKey } from '../../gql/key';
import {
  PlaceOrderDocument,
  PreviewOrderDocument,
  type OrderInput,
} from '../../gql/order.generated';
import { problemOf, type Problem } from '../../gql/problem';
import type { Preview } from './OrderPreview';

interface Previewed {
  order: OrderInput;
  preview: Preview;
  /** Made once per preview: sending the order twice orders once. */
  key: string;
  isNew: boolean;
}

export interface Placing {
  previewed: Previewed | undefined;
  problem: Problem | undefined;
  busy: boolean;
  preview: (order: OrderInput) => Promise<void>;
  /** The operation of the order, if it was accepted. */
  place: () => Promise<string | undefined>;
  /** The form has changed; what was previewed does not stand for it any more. */
  forget: () => void;
}

export function usePlacing(): Placing {
  const client = useClient();
  const [previewed, setPreviewed] = useState<Previewed>();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  const ask = async (order: OrderInput, isNew: boolean) => {
    setBusy(true);
    const { data, error } = await client.query(
      PreviewOrderDocument,
      { input: order },
      { requestPolicy: 'network-only' },
    );
    setBusy(false);
    setProblem(error && problemOf(error));
    setPreviewed(data && { order, preview: data.previewOrder, key: newKey(), isNew });
  };

  const place = async () => {
    if (!previewed) return undefined;
    setBusy(true);
    const { order, preview, key } = previewed;
    const { data, error } = await client.mutation(PlaceOrderDocument, {
      input: { order, previewToken: preview.token, idempotencyKey: key },
    });
    setBusy(false);
    if (data) return data.placeOrder.operation.id;
    const refused = error && problemOf(error);
    if (refused?.code === 'OUTDATED') await ask(order, true);
    else setProblem(refused);
    return undefined;
  };

  const forget = useCallback(() => {
    setPreviewed(undefined);
    setProblem(undefined);
  }, []);
  return { previewed, problem, busy, preview: (order) => ask(order, false), place, forget };
}
