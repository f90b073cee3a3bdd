//! Nothing in the repository names the machine, the mirrors or the tools it was written with.

use crate::finding::Finding;
use crate::source::{Source, has_word};

// Each in pieces, or this file would find itself.
const MACHINE_PATHS: [&str; 4] =
    [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

const HOSTS: [&str; 14] = [
    concat!("npm", "js.org"),
    concat!("npm", "js.com"),
    concat!("npm", "mirror.com"),
    concat!("yarn", "pkg.com"),
    concat!("index.cra", "tes.io"),
    concat!("static.cra", "tes.io"),
    concat!("rs", "proxy.cn"),
    concat!("pypi", ".org"),
    concat!("python", "hosted.org"),
    concat!("proxy.go", "lang.org"),
    concat!("debian", ".org"),
    concat!("art", "ifactory"),
    concat!("mirrors", "."),
    concat!("registry", ".internal"),
];

const AUTHORING_TOOLS: [&str; 9] = [
    concat!("cla", "ude"),
    concat!("anthr", "opic"),
    concat!("cop", "ilot"),
    concat!("chat", "gpt"),
    concat!("open", "ai"),
    concat!("gem", "ini"),
    concat!("co", "dex"),
    concat!("wind", "surf"),
    concat!("ai", "der"),
];

/// Absolute paths below somebody's home.
pub fn machine_paths(source: &Source) -> Vec<Finding> {
    let starts = |line: &str, path: &str| {
        line.match_indices(path).any(|(at, _)| {
            // After a word or a variable it is part of a longer path.
            !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_-.}~*/".contains(c))
        })
    };
    source
        .lines()
        .filter_map(|(number, line)| {
            let path = MACHINE_PATHS.into_iter().find(|path| starts(line, path))?;
            let instead = "take it from the settings, or below the repository";
            Some(Finding::new(&source.path, number, format!("a path below `{path}`"), instead))
        })
        .collect()
}

/// Hosts of package registries; which one is used is a matter of the machine.
pub fn registry_hosts(source: &Source) -> Vec<Finding> {
    source
        .lines()
        .filter_map(|(number, line)| {
            let host = HOSTS.into_iter().find(|host| line.contains(host))?;
            let instead = "leave the registry to the machine's own settings";
            Some(Finding::new(&source.path, number, format!("the host `{host}`"), instead))
        })
        .collect()
}

/// Names of tools that write; the work stands for itself.
pub fn authoring_tools(source: &Source) -> Vec<Finding> {
    source
        .lines()
        .filter_map(|(number, line)| {
            let line = line.to_lowercase();
            let tool = AUTHORING_TOOLS.into_iter().find(|tool| has_word(&line, tool))?;
            Some(Finding::new(&source.path, number, format!("the name `{tool}`"), "leave it out"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scan: fn(&Source) -> Vec<Finding>, text: &str, expected: usize) {
        assert_eq!(scan(&Source::new("a.md", text)).len(), expected, "{text}");
    }

    #[test]
    fn a_path_of_a_machine_is_found() {
        for path in MACHINE_PATHS {
            check(machine_paths, &format!("see `{path}x`"), 1);
            check(machine_paths, &format!("see docs{path}x and $HOME{path}"), 0);
        }
    }

    #[test]
    fn a_registry_is_found() {
        for host in HOSTS {
            check(registry_hosts, &format!("\"resolved\": \"https://x.{host}/y\""), 1);
        }
        check(registry_hosts, "crates.io and npm", 0);
    }

    #[test]
    fn a_tool_is_found_as_a_word() {
        for tool in AUTHORING_TOOLS {
            check(authoring_tools, &format!("By {}.", tool.to_uppercase()), 1);
            check(authoring_tools, &format!("x{tool}y"), 0);
        }
    }
}
