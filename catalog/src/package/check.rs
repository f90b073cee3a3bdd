//! Whether the parts of a package fit together, down to a trial rendering of everything it can
//! make. An author learns of a mistake here, never a user.

mod trial;

pub(super) use self::trial::plan;

use std::collections::BTreeSet;

use semver::Version;

use super::error::PackageError;
use super::{Package, read};
use crate::manifest::{Argument, FileTemplate, Manifest, Topology};
use crate::parameter::{Effect, Kind, Parameter, TextFormat};
use crate::recipe::Expect;
use crate::text::Text;

type Checked = Result<(), PackageError>;

/// Checks the package; the texts are for the lines of what is wrong.
pub(super) fn all(package: &Package, manifest: &str, schema: &str) -> Checked {
    let manifest = Reader { file: read::MANIFEST, text: manifest };
    let schema = Reader { file: read::SCHEMA, text: schema };
    names(&package.manifest, &manifest)?;
    choices(&package.manifest, &manifest)?;
    commands(&package.manifest, &manifest)?;
    files(package, &manifest)?;
    for (name, parameter) in &package.parameters {
        one_parameter(package, name, parameter, &schema)?;
    }
    form(package, &manifest)?;
    templates(package, &manifest)?;
    package.manifest.plans.iter().try_for_each(|suggested| plan(package, suggested))
}

/// A file of the package, to find lines in.
struct Reader<'a> {
    file: &'static str,
    text: &'a str,
}

impl Reader<'_> {
    /// Refuses with the line of the first quoted `word` unless the condition holds.
    fn demand(&self, is_so: bool, field: &str, word: &str, problem: &str) -> Checked {
        if is_so {
            return Ok(());
        }
        let line = read::line_of(self.text, &format!("\"{word}\""))
            .or_else(|| read::line_of(self.text, word));
        let (file, field) = (self.file.to_owned(), field.to_owned());
        Err(PackageError { file, line, field, problem: problem.to_owned() })
    }

    fn text(&self, field: &str, word: &str, text: &Text) -> Checked {
        self.demand(!text.has_gap(), field, word, "needs a text in en and in zh")
    }

    fn distinct<'t>(&self, field: &str, words: impl Iterator<Item = &'t str>) -> Checked {
        let mut seen = BTreeSet::new();
        for word in words {
            self.demand(seen.insert(word), field, word, &format!("`{word}` is there twice"))?;
        }
        self.demand(!seen.is_empty(), field, field, "needs at least one")
    }
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && text.len() <= 63
        && bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
}

fn is_inside(path: &str) -> bool {
    !path.contains('\\') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn names(manifest: &Manifest, reader: &Reader<'_>) -> Checked {
    let is_version = Version::parse(&manifest.version).is_ok();
    reader.demand(is_name(&manifest.name), "name", "name", "must be like redis")?;
    reader.demand(is_version, "version", "version", "must be like 1.0.0")?;
    reader.demand(is_name(&manifest.class), "class", "class", "must be like cache")?;
    reader.text("title", "title", &manifest.title)?;
    reader.text("summary", "summary", &manifest.summary)?;
    reader.distinct("software", manifest.software.iter().map(|it| it.version.as_str()))?;
    reader.distinct("topologies", manifest.topologies.iter().map(|it| it.name.as_str()))?;
    reader.distinct("plans", manifest.plans.iter().map(|it| it.name.as_str()))?;
    if !manifest.secrets.is_empty() {
        reader.distinct("secrets", manifest.secrets.iter().map(|it| it.name.as_str()))?;
    }
    Ok(())
}

fn choices(manifest: &Manifest, reader: &Reader<'_>) -> Checked {
    for software in &manifest.software {
        let has_main = software.medium.debian_packages.contains(&software.medium.main_package);
        let problem = "main_package must be one of debian_packages";
        reader.demand(has_main, "software.medium", &software.version, problem)?;
    }
    for topology in &manifest.topologies {
        one_topology(topology, reader)?;
    }
    for plan in &manifest.plans {
        reader.text("plans.title", &plan.name, &plan.title)?;
        let size = plan.size;
        let is_size = size.millivcpu > 0 && size.memory_mib > 0 && size.storage_mib > 0;
        reader.demand(is_size, "plans.size", &plan.name, "must be above 0")?;
    }
    for secret in &manifest.secrets {
        reader.text("secrets.title", &secret.name, &secret.title)?;
        let is_long = (16..=256).contains(&secret.length);
        reader.demand(is_long, "secrets.length", &secret.name, "must be 16 to 256")?;
        let letters: BTreeSet<_> = secret.alphabet.chars().collect();
        let is_plain = letters.iter().all(char::is_ascii_alphanumeric);
        let is_set = letters.len() == secret.alphabet.chars().count() && letters.len() >= 16;
        let problem = "must be 16 or more letters and digits, each once";
        reader.demand(is_plain && is_set, "secrets.alphabet", &secret.alphabet, problem)?;
    }
    Ok(())
}

fn one_topology(topology: &Topology, reader: &Reader<'_>) -> Checked {
    reader.demand(is_name(&topology.name), "topologies.name", &topology.name, "is not a name")?;
    reader.text("topologies.title", &topology.name, &topology.title)?;
    reader.text("topologies.summary", &topology.name, &topology.summary)?;
    reader.distinct("topologies.members", topology.members.iter().map(|it| it.role.as_str()))?;
    let has_count = topology.members.iter().all(|rule| (1..=1000).contains(&rule.count));
    reader.demand(has_count, "topologies.members", &topology.name, "count must be 1 to 1000")
}

fn commands(manifest: &Manifest, reader: &Reader<'_>) -> Checked {
    let probes = [("health", Some(&manifest.health)), ("role", manifest.role.as_ref())];
    let probes = probes.into_iter().filter_map(|(field, probe)| {
        let probe = probe?;
        Some((field, &probe.argv, &probe.send, probe.timeout_ms))
    });
    let hot = manifest.hot.iter().map(|hot| ("hot", &hot.argv, &hot.send, hot.timeout_ms));
    let check = manifest.check.iter().map(|check| ("check", &check.argv, &None, check.timeout_ms));
    let process = ("process", &manifest.process.argv, &None, manifest.process.stop_timeout_ms);
    for (field, argv, send, timeout_ms) in probes.chain(hot).chain(check).chain([process]) {
        match (argv.first(), send) {
            (None, Some(_)) => {}
            (Some(Argument::Always(program)), None) => {
                let problem = "must begin with the path of a program inside the medium";
                reader.demand(is_inside(program), &format!("{field}.argv"), program, problem)?;
            }
            _ => {
                let problem = "needs a program in argv, or something to send, and not both";
                reader.demand(false, field, &format!("[{field}]"), problem)?;
            }
        }
        let has_end = (1..=600_000).contains(&timeout_ms);
        reader.demand(
            has_end,
            field,
            &format!("[{field}]"),
            "needs a timeout of 1 to 600000 ms",
        )?;
    }
    let is_judged =
        manifest.hot.as_ref().is_none_or(|hot| hot.send.is_none() || hot.expect.is_some());
    reader.demand(is_judged, "hot.expect", "[hot]", "is needed where something is sent")?;
    for connect in &manifest.connect {
        reader.text("connect.title", &connect.kind, &connect.title)?;
        for example in &connect.examples {
            reader.text("connect.examples.title", &connect.kind, &example.title)?;
        }
        for role in &connect.roles {
            let problem = format!("no topology has the role `{role}`");
            reader.demand(manifest.has_role(role), "connect.roles", role, &problem)?;
        }
    }
    if let Some(Expect::Lookup { words }) = manifest.role.as_ref().map(|probe| &probe.expect) {
        for role in words.values() {
            let problem = format!("no topology has the role `{role}`");
            reader.demand(manifest.has_role(role), "role.expect.words", role, &problem)?;
        }
    }
    Ok(())
}

fn files(package: &Package, reader: &Reader<'_>) -> Checked {
    let files = &package.manifest.files;
    let mut paths = BTreeSet::new();
    for FileTemplate { path, template, .. } in files {
        reader.demand(is_inside(path), "files.path", path, "must stay below the directory")?;
        reader.demand(paths.insert(path), "files.path", path, "is there twice")?;
        let has_template = package.templates.contains_key(template);
        reader.demand(has_template, "files.template", template, "is not in the package")?;
    }
    let listed = |path: &str| files.iter().any(|file| file.template == path);
    match package.templates.keys().find(|path| !listed(path)) {
        None => Ok(()),
        Some(path) => Err(PackageError::of_file(path, "is not listed in package.toml")),
    }
}

fn one_parameter(package: &Package, name: &str, it: &Parameter, schema: &Reader<'_>) -> Checked {
    let demand = |is_so, problem: &str| schema.demand(is_so, name, name, problem);
    // These are the fields of an order beside the parameters, and problems name fields.
    let is_free = !matches!(name, "topology" | "software_version" | "size");
    demand(is_free && is_name(name), "is not a name for a parameter")?;
    keywords(name, it, schema)?;
    for topology in it.topologies.iter().flatten() {
        demand(package.manifest.topology(topology).is_some(), "x-topologies names none of ours")?;
    }
    for version in it.versions.iter().flatten() {
        demand(package.manifest.software(version).is_some(), "x-versions names none of ours")?;
    }
    let is_free = package.manifest.secrets.iter().all(|secret| secret.name != *name);
    demand(is_free || !it.is_secret, "is secret, and there is a secret of this name")?;
    if let Some(certificate) = &it.key_of {
        let format = package.parameters.get(certificate).and_then(|other| other.format);
        let is_pair = it.format == Some(TextFormat::PrivateKey);
        let is_pair = is_pair && format == Some(TextFormat::Certificate);
        demand(is_pair, "x-key-of is for a private key, and names a certificate")?;
    }
    if let Some(row) = &it.items {
        for (field, it) in &row.fields {
            demand(is_name(field), "a field of its rows has no name for a field")?;
            let is_plain = !it.is_secret && !it.is_pem() && it.topologies.is_none();
            let is_plain = is_plain && it.kind != Kind::Array && it.versions.is_none();
            let is_plain = is_plain && it.maximum_of.is_none() && it.default_of.is_none();
            demand(is_plain, "a field of its rows is more than a plain one")?;
            keywords(name, it, schema)?;
        }
    }
    let can_be_hot = it.effect != Effect::Hot || package.manifest.hot.is_some();
    demand(can_be_hot, "is hot, but package.toml has no [hot]")
}

/// The keywords that are there without regard to others.
fn keywords(name: &str, it: &Parameter, schema: &Reader<'_>) -> Checked {
    let demand = |is_so, problem: &str| schema.demand(is_so, name, name, problem);
    schema.text(name, name, &it.title)?;
    schema.text(name, name, &it.help)?;
    let is_list = it.kind == Kind::Array;
    demand(is_list == it.items.is_some(), "items are for a list, and a list needs them")?;
    demand(is_list == it.rows_max.is_some(), "maxItems is for a list, and a list needs it")?;
    demand(it.kind == Kind::String || !it.is_secret, "only a text can be secret")?;
    let is_key = it.format == Some(TextFormat::PrivateKey);
    demand(it.is_secret || !is_key, "a private key has to be secret")?;
    let (is_text, is_number) = (it.kind == Kind::String, it.kind == Kind::Integer);
    let has_text_rule = it.choices.is_some() || it.pattern.is_some() || it.max_length.is_some();
    let has_amount_rule = it.least.is_some() || it.most.is_some();
    let has_share = it.maximum_of.is_some() || it.default_of.is_some();
    demand(is_text && !it.is_bytes() || !has_text_rule, "enum, pattern, maxLength are for texts")?;
    demand(is_text || it.format.is_none(), "x-format is for texts")?;
    demand(is_number || it.minimum.is_none(), "minimum is for integers")?;
    demand(is_number || it.maximum.is_none(), "maximum is for integers")?;
    demand(it.is_bytes() || !has_amount_rule, "x-minimum and x-maximum are for bytes")?;
    demand(it.is_bytes() || is_number || !has_share, "a share is for integers and bytes")?;
    for amount in [&it.least, &it.most].into_iter().flatten() {
        demand(crate::amount::parse(amount).is_some(), "x-minimum and x-maximum are like 64mb")?;
    }
    demand(it.default.is_none() || it.default_of.is_none(), "default or x-default-of, not both")?;
    if let Err(problem) = it.text_rule() {
        demand(false, &problem)?;
    }
    for example in &it.examples {
        demand(it.read(example).is_ok(), "an example is not allowed by its own rules")?;
    }
    Ok(())
}

fn form(package: &Package, reader: &Reader<'_>) -> Checked {
    let mut seen = BTreeSet::new();
    for group in &package.manifest.form {
        reader.text("form.title", "[[form]]", &group.title)?;
        for name in &group.parameters {
            let is_known = package.parameters.contains_key(name);
            reader.demand(is_known, "form.parameters", name, "is not a parameter")?;
            reader.demand(seen.insert(name), "form.parameters", name, "is there twice")?;
        }
    }
    match package.parameters.keys().find(|name| !seen.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let problem = format!("`{name}` is in no group");
            reader.demand(false, "form.parameters", "[[form]]", &problem)
        }
    }
}

fn templates(package: &Package, reader: &Reader<'_>) -> Checked {
    let templates = &package.manifest.templates;
    if !templates.is_empty() {
        reader.distinct("templates", templates.iter().map(|it| it.name.as_str()))?;
    }
    for template in templates {
        let name = &template.name;
        reader.demand(is_name(name), "templates.name", name, "is not a name")?;
        reader.text("templates.title", name, &template.title)?;
        reader.text("templates.summary", name, &template.summary)?;
        for parameter in template.parameters.keys() {
            let known = package.parameters.get(parameter);
            let field = "templates.parameters";
            reader.demand(known.is_some(), field, parameter, "is not a parameter")?;
            let is_open = known.is_none_or(|known| !known.is_secret);
            let problem = "is secret, and a template is for everybody";
            reader.demand(is_open, field, parameter, problem)?;
        }
    }
    Ok(())
}
