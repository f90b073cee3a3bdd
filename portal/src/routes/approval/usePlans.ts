// Plans by what they are plans of, as rules name them.

import { RulePlansDocument, type RulePlansQuery } from '../../gql/approval.generated';
import { useText } from '../../ui/text';
import { useEvery, type Connection, type Every } from '../../ui/useEvery';

export interface OfPlans {
  id: string;
  title: string;
  plans: { id: string; title: string }[];
}

type Row = RulePlansQuery['offerings']['nodes'][number];
const pick = (found: RulePlansQuery): Connection<Row> => found.offerings;

/** Every offering that the viewer sees, with its plans, in the reader's language. */
export function usePlans(): Every<OfPlans> {
  const text = useText();
  const { data, ...rest } = useEvery(RulePlansDocument, pick);
  if (!data) return rest;
  const told = data.map(({ id, title, plans }) => ({
    id,
    title: text(title),
    plans: plans.map((plan) => ({ id: plan.id, title: text(plan.title) })),
  }));
  return { ...rest, data: told };
}
