import { useTranslation } from 'react-i18next';

import { Loading } from '../../ui/Loading';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { usePlans } from './usePlans';

/** Some of all plans, by what they are plans of; none means all. */
export function PlanBoxes({
  chosen,
  choose,
  error,
}: {
  chosen: readonly string[];
  choose: (plans: string[]) => void;
  error: string | undefined;
}) {
  const { t } = useTranslation();
  const every = usePlans();
  return (
    <fieldset className="picker" data-testid="rule-plans">
      <legend>{t('approval.onlyPlans')}</legend>
      {every.error && <ProblemNotice error={every.error} retry={every.reload} />}
      {!every.data && !every.error && <Loading />}
      <div className="picker-choices">
        {(every.data ?? []).flatMap((offering) =>
          offering.plans.map((plan) => (
            <label
              key={plan.id}
              className={chosen.includes(plan.id) ? 'picker-choice chosen' : 'picker-choice'}
            >
              <input
                type="checkbox"
                checked={chosen.includes(plan.id)}
                data-testid={`rule-plan-${plan.id}`}
                onChange={(event) => {
                  const others = chosen.filter((one) => one !== plan.id);
                  choose(event.target.checked ? [...others, plan.id] : others);
                }}
              />
              <span>
                {plan.title}
                <span className="muted picker-detail">{offering.title}</span>
              </span>
            </label>
          )),
        )}
      </div>
      {error && (
        <div className="field-error" role="alert" data-testid="field-error">
          {error}
        </div>
      )}
      <div className="field-help">{t('approval.onlyPlansHelp')}</div>
    </fieldset>
  );
}
