//! What has to be done so that everything in a document is there. Nothing is taken away: what the
//! document does not name stays as it is. Applications, instances and limits are planned in the
//! modules below.

use std::collections::{BTreeMap, BTreeSet};

use crate::structure::{
    Application, At, Group, Holder, Organization, Project, Role, Structure, split,
};

mod application;
mod instance;
mod limit;
mod step;

pub use limit::kept_plans;
pub use step::Step;

/// What is known of the place a document is taken to, beside its structure.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Names of the actions there are.
    pub actions: BTreeSet<String>,
    /// Roles that every installation has.
    pub roles: BTreeSet<String>,
    /// People and service accounts that the document names and that are there.
    pub subjects: BTreeSet<String>,
    /// What can be ordered, by the name of the package.
    pub offerings: BTreeMap<String, Offered>,
    /// See [`kept_plans`].
    pub kept_plans: BTreeSet<String>,
}

/// How a package can be ordered.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    /// Of the software.
    pub versions: BTreeSet<String>,
    /// By name.
    pub topologies: BTreeSet<String>,
    /// By name.
    pub plans: BTreeSet<String>,
    /// By name.
    pub templates: BTreeSet<String>,
}

/// The steps, in an order in which each finds what it needs; or everything that is wrong with the
/// document.
pub fn plan(now: &Structure, wanted: &Structure, known: &Known) -> Result<Vec<Step>, Vec<String>> {
    let problems = problems(now, wanted, known);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut steps = organizations(now, wanted);
    steps.extend(projects(now, wanted));
    steps.extend(instance::accounts(now, wanted));
    steps.extend(limit::steps(now, wanted));
    steps.extend(instance::orders(now, wanted));
    steps.extend(application::steps(now, wanted));
    steps.extend(roles(now, wanted));
    steps.extend(groups(now, wanted));
    let bound: BTreeSet<_> = now.bindings.iter().collect();
    let mut seen = BTreeSet::new();
    let missing = wanted.bindings.iter().filter(|one| !bound.contains(one) && seen.insert(*one));
    steps.extend(missing.cloned().map(Step::Bind));
    // Last, since they may make others wait.
    steps.extend(limit::rules(now, wanted));
    Ok(steps)
}

/// Names of people and service accounts that a document names, or makes.
pub fn subjects(wanted: &Structure) -> BTreeSet<String> {
    let members = wanted.groups.iter().flat_map(|group| group.members.iter().cloned());
    let holders = wanted.bindings.iter().filter_map(|binding| match &binding.holder {
        Holder::Subject(name) => Some(name.clone()),
        Holder::Group(_) => None,
    });
    let made = wanted.service_accounts.iter().map(|one| one.name.clone());
    members.chain(holders).chain(made).collect()
}

/// The same without people and service accounts that are not there.
pub fn without_strangers(mut wanted: Structure, known: &Known) -> Structure {
    let made = wanted.service_accounts.iter().map(|one| &one.name);
    let there: BTreeSet<_> = known.subjects.iter().chain(made).cloned().collect();
    for group in &mut wanted.groups {
        group.members.retain(|name| there.contains(name));
    }
    wanted.bindings.retain(|binding| match &binding.holder {
        Holder::Subject(name) => there.contains(name),
        Holder::Group(_) => true,
    });
    wanted
}

/// Sentences about what is wrong, each once.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn need(&mut self, is_there: bool, problem: String) {
        if !is_there && !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    fn once(&mut self, what: &str, names: impl Iterator<Item = String>) {
        for name in repeated(names) {
            self.need(false, format!("the {what} {name} is named twice"));
        }
    }
}

/// Places that are there, or will be.
struct Places<'d> {
    /// By path; the root's is empty.
    organizations: BTreeSet<&'d str>,
    projects: BTreeSet<String>,
    applications: BTreeSet<String>,
}

impl<'d> Places<'d> {
    fn of(now: &'d Structure, wanted: &'d Structure) -> Self {
        let both = [now, wanted];
        let organizations = both.iter().flat_map(|one| &one.organizations);
        let projects = both.iter().flat_map(|one| &one.projects);
        let applications = both.iter().flat_map(|one| &one.applications);
        let root = std::iter::once("");
        Self {
            organizations: organizations.map(|one| one.path.as_str()).chain(root).collect(),
            projects: projects.map(Project::path).collect(),
            applications: applications.map(Application::path).collect(),
        }
    }

    /// Tells of something that is at a place which is not there.
    fn need(&self, problems: &mut Problems, what: &str, at: &At) {
        let (is_there, place) = match at {
            At::Tenant => return,
            At::Organization(path) => {
                (self.organizations.contains(path.as_str()), format!("organization {path}"))
            }
            At::Project(path) => (self.projects.contains(path), format!("project {path}")),
            At::Application(path) => {
                (self.applications.contains(path), format!("application {path}"))
            }
        };
        problems.need(is_there, format!("{what}: there is no {place}"));
    }
}

fn problems(now: &Structure, wanted: &Structure, known: &Known) -> Vec<String> {
    let mut problems = Problems::default();
    problems.once("organization", wanted.organizations.iter().map(|one| one.path.clone()));
    problems.once("project", wanted.projects.iter().map(Project::path));
    problems.once("application", wanted.applications.iter().map(Application::path));
    problems.once("role", wanted.roles.iter().map(|one| one.name.clone()));
    problems.once("group", wanted.groups.iter().map(|one| one.name.clone()));
    let places = Places::of(now, wanted);
    for one in &wanted.organizations {
        let (above, name) = split(&one.path);
        let root = "an organization has no path; the root is not named".to_owned();
        problems.need(!name.is_empty(), root);
        places.need(&mut problems, &one.path, &At::Organization(above.to_owned()));
    }
    for one in &wanted.projects {
        let above = At::Organization(one.organization.clone());
        places.need(&mut problems, &format!("project {}", one.name), &above);
    }
    instance::problems(&mut problems, &places, now, wanted, known);
    limit::problems(&mut problems, &places, wanted, known);
    application::problems(&mut problems, &places, now, wanted);
    problems_of_access(&mut problems, &places, now, wanted, known);
    problems.0
}

fn problems_of_access(
    problems: &mut Problems,
    places: &Places<'_>,
    now: &Structure,
    wanted: &Structure,
    known: &Known,
) {
    let own = now.roles.iter().chain(&wanted.roles).map(|role| &role.name);
    let roles: BTreeSet<_> = own.chain(&known.roles).collect();
    for role in &wanted.roles {
        for action in &role.actions {
            let is_there = action == "*" || known.actions.contains(action);
            problems.need(is_there, format!("role {}: there is no action {action}", role.name));
        }
        for part in &role.roles {
            let missing = format!("role {}: there is no role {part}", role.name);
            problems.need(roles.contains(part), missing);
        }
    }
    let made: BTreeSet<_> = wanted.service_accounts.iter().map(|one| &one.name).collect();
    for subject in subjects(wanted) {
        let is_there = known.subjects.contains(&subject) || made.contains(&subject);
        problems.need(is_there, format!("there is no person or service account {subject}"));
    }
    let groups = now.groups.iter().chain(&wanted.groups).map(|group| &group.name);
    let groups: BTreeSet<_> = groups.collect();
    for binding in &wanted.bindings {
        let role = &binding.role;
        problems.need(roles.contains(role), format!("binding: there is no role {role}"));
        if let Holder::Group(group) = &binding.holder {
            problems.need(groups.contains(group), format!("binding: there is no group {group}"));
        }
        places.need(problems, "binding", &binding.at);
    }
}

fn repeated(names: impl Iterator<Item = String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| !seen.insert(name.clone())).collect()
}

fn organizations(now: &Structure, wanted: &Structure) -> Vec<Step> {
    let titles: BTreeMap<_, _> =
        now.organizations.iter().map(|one| (one.path.as_str(), one.title.as_str())).collect();
    let mut wanted: Vec<_> = wanted.organizations.iter().collect();
    wanted.sort_by_key(|one| one.path.matches('/').count());
    let step = |one: &Organization| match titles.get(one.path.as_str()) {
        None => Some(Step::CreateOrganization(one.clone())),
        Some(title) if *title == one.title => None,
        Some(_) => Some(Step::TitleOrganization(one.clone())),
    };
    wanted.into_iter().filter_map(step).collect()
}

fn projects(now: &Structure, wanted: &Structure) -> Vec<Step> {
    let titles: BTreeMap<_, _> =
        now.projects.iter().map(|one| (one.path(), one.title.as_str())).collect();
    let step = |one: &Project| match titles.get(&one.path()) {
        None => Some(Step::CreateProject(one.clone())),
        Some(title) if *title == one.title => None,
        Some(_) => Some(Step::TitleProject(one.clone())),
    };
    wanted.projects.iter().filter_map(step).collect()
}

/// Roles after those that they are made of. Two that are made of each other are refused by the
/// plane, which says so.
fn roles(now: &Structure, wanted: &Structure) -> Vec<Step> {
    let known: BTreeMap<_, _> = now.roles.iter().map(|one| (one.name.as_str(), one)).collect();
    let mut open: Vec<&Role> = wanted.roles.iter().collect();
    let mut ordered = Vec::new();
    while !open.is_empty() {
        let names: BTreeSet<_> = open.iter().map(|one| one.name.as_str()).collect();
        let waits = |one: &&Role| {
            one.roles.iter().any(|part| part != &one.name && names.contains(part.as_str()))
        };
        let (later, ready): (Vec<_>, Vec<_>) = open.iter().copied().partition(waits);
        let is_stuck = ready.is_empty();
        ordered.extend(if is_stuck { &later } else { &ready }.iter().copied());
        open = if is_stuck { Vec::new() } else { later };
    }
    let step = |one: &Role| match known.get(one.name.as_str()) {
        None => Some(Step::CreateRole(one.clone())),
        Some(role) if *role == one => None,
        Some(_) => Some(Step::ChangeRole(one.clone())),
    };
    ordered.into_iter().filter_map(step).collect()
}

fn groups(now: &Structure, wanted: &Structure) -> Vec<Step> {
    let known: BTreeMap<_, _> = now.groups.iter().map(|one| (one.name.as_str(), one)).collect();
    let mut steps = Vec::new();
    for Group { name, title, members } in &wanted.groups {
        let (name, title) = (name.clone(), title.clone());
        let there = known.get(name.as_str());
        match there {
            None => steps.push(Step::CreateGroup { name: name.clone(), title }),
            Some(group) if group.title == title => {}
            Some(_) => steps.push(Step::TitleGroup { name: name.clone(), title }),
        }
        let is_new =
            |subject: &&String| there.is_none_or(|group| !group.members.contains(*subject));
        let add =
            |subject: &String| Step::AddMember { group: name.clone(), subject: subject.clone() };
        steps.extend(members.iter().filter(is_new).map(add));
    }
    steps
}

#[cfg(test)]
mod tests;
