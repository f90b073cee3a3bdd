/// Decides on the steps and writes them down. A specification that cannot be understood gives an
/// operation that failed before its first step.
fn begin(site: &Site, spec: &InstanceSpec) -> Result<Journal, LedgerError> {
    let progress = site.ledger.progress(spec.id);
    let (plan, problem) = match plan(site, spec, &progress) {
        Ok(plan) => (plan, None),
        Err(problem) => {
            let touched = reconcile::changed_parameters(spec, &progress);
            let plan = Plan { steps: Vec::new(), installs: false, hot: BTreeSet::new(), touched };
            (plan, Some(problem))
        }
    };
    let steps = (0..).zip(&plan.steps).map(|(ordinal, step)| Step {
        ordinal,
        name: step.name.to_string(),
        member: step.member,
        state: StepState::Pending,
        started_at: None,
        ended_at: None,
    });
    let journal = Journal {
        observed: OperationObserved {
            id: spec.operation.id,
            instance: spec.id,
            generation: spec.generation,
            state: OperationState::Running,
            steps: steps.collect(),
            problem,
            at: site.now(),
        },
        kind: spec.operation.kind,
        deadline: spec.operation.deadline,
        installs: plan.installs,
        hot: plan.hot,
        touched: plan.touched,
        last_line: 0,
        version: 0,
    };
    let entered = site.ledger.enter(journal, None)?;
    site.moved.notify_one();
    Ok(Journal::clone(&entered))
}

fn plan(site: &Site, spec: &InstanceSpec, progress: &Progress) -> Result<Plan, Problem> {
    let same_members = spec.members.iter().all(|member| progress.places.contains_key(&member.id))
        && spec.members.len() == progress.places.len();
    if progress.installed && !progress.removed && !same_members && spec.wish != Wish::Deleted {
        return Err(Problem {
            code: "MEMBERS_CHANGED".to_owned(),
            message: "This agent cannot change the members of an installed instance.".to_owned(),
        });
    }
    // Deleting must not depend on a package that is not there any more.
    let start_order = match package::start_order(spec) {
        Ok(order) => order,
        Err(_) if spec.wish != Wish::Running => spec.members.iter().map(|one| one.id).collect(),
        Err(problem) => return Err(problem),
    };
    let changed = reconcile::changed_parameters(spec, progress);
    let hot = package::hot(spec, &changed).unwrap_or_default();
    let leading = spec.members.iter().find(|one| Some(&one.id) == start_order.first());
    let leading = leading.map(|member| member.role.clone());
    let is_primary = |member: MemberId| site.role(spec.id, member) == leading;
    let restart_order = reconcile::restart_order(&start_order, is_primary);
    let wanted = Wanted {
        spec,
        start_order: &start_order,
        restart_order: &restart_order,
        hot: &hot,
        changed: &changed,
    };
    Ok(reconcile::decide(wanted, progress))
}
