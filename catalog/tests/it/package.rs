//! Packages as their authors bring them.

use std::collections::BTreeMap;

use catalog::{Catalog, CatalogError, Package};

use crate::fixture::{gate, redis};

/// Loads `gate` with a text of one of its files replaced.
fn changed(file: &str, from: &str, to: &str) -> Result<Package, String> {
    let mut files = gate();
    let text = String::from_utf8(files[file].clone()).unwrap();
    assert!(text.contains(from), "{from}");
    files.insert(file.to_owned(), text.replacen(from, to, 1).into_bytes());
    Package::from_files(files).map_err(|error| error.to_string())
}

#[track_caller]
fn manifest(from: &str, to: &str, expected: &str) {
    let error = changed("package.toml", from, to).unwrap_err();
    assert_eq!(error, format!("package.toml:{expected}"));
}

#[track_caller]
fn schema(from: &str, to: &str, expected: &str) {
    let error = changed("parameters.schema.json", from, to).unwrap_err();
    assert!(error.starts_with(&format!("parameters.schema.json:{expected}")), "{error}");
}

#[test]
fn every_package_of_the_repository_is_right() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/packages");
    let mut seen = 0;
    for name in std::fs::read_dir(root).unwrap() {
        for version in std::fs::read_dir(name.unwrap().path()).unwrap() {
            let path = version.unwrap().path();
            let package = Package::from_directory(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let manifest = package.manifest();
            let embedded = Catalog::embedded().find(&manifest.name, &manifest.version).unwrap();
            assert_eq!(embedded.digest(), package.digest());
            seen += 1;
        }
    }
    assert_eq!(seen, Catalog::embedded().list().len());
}

#[test]
fn a_package_is_found_by_what_it_is() {
    let catalog = Catalog::embedded();
    let mut wanted = redis().reference();
    assert_eq!(catalog.get(&wanted).unwrap().digest(), wanted.digest);
    assert_eq!(wanted.digest.len(), 64);
    wanted.digest = "0".repeat(64);
    let error = catalog.get(&wanted).unwrap_err();
    assert!(matches!(error, CatalogError::Differs { .. }), "{error}");
    wanted.version = "9.0.0".to_owned();
    assert_eq!(catalog.get(&wanted).unwrap_err().code(), "PACKAGE_MISSING");
    assert!(catalog.find("redis", "9.0.0").is_none());
}

#[test]
fn the_digest_tells_paths_and_contents_apart() {
    let digest =
        |files: BTreeMap<String, Vec<u8>>| Package::from_files(files).unwrap().digest().to_owned();
    let mut files = gate();
    let first = digest(files.clone());
    assert_eq!(first, digest(files.clone()));
    files.get_mut("README.en.md").unwrap().push(b'\n');
    assert_ne!(first, digest(files));
}

#[test]
fn a_mistake_in_the_manifest_is_named_with_its_line() {
    manifest(
        "class = ",
        "clas = ",
        "4: clas: unknown field `clas`, expected one of `name`, \
        `version`, `class`, `title`, `summary`, `software`, `topologies`, `plans`, `secrets`, \
        `files`, `process`, `check`, `health`, `role`, `hot`, `connect`, `form`, `templates`",
    );
    manifest("count = 3", "count = -3", "20: members: invalid value: integer `-3`, expected u16");
    manifest("count = 3", "count = 0", "17: topologies.members: count must be 1 to 1000");
    manifest("\"2.1.0\"", "\"2.1\"", "3: version: must be like 1.0.0");
    manifest("\"gate\"\nversion", "\"Gate!\"\nversion", "2: name: must be like redis");
    manifest("zh = \"门\"", "zh = \"\"", "5: title: needs a text in en and in zh");
    manifest("version = \"1\"", "version = \"2\"", "9: software: `2` is there twice");
    manifest(
        "main_package = \"gate\"",
        "main_package = \"door\"",
        "9: software.medium: main_package must be one of debian_packages",
    );
    manifest("memory_mib = 100", "memory_mib = 0", "23: plans.size: must be above 0");
    manifest(
        "\"usr/sbin/gate\", \"-m\"",
        "\"/usr/sbin/gate\", \"-m\"",
        "33: process.argv: must begin with the path of a program inside the medium",
    );
    manifest(
        "\"usr/bin/gate-check\"",
        "\"../gate-check\"",
        "37: health.argv: must begin with the path of a program inside the medium",
    );
    manifest(
        "path = \"conf/",
        "path = \"../conf/",
        "28: files.path: must stay below the directory",
    );
    manifest("path = \"conf/", "path = \"/conf/", "28: files.path: must stay below the directory");
    manifest("templates/gate", "templates/door", "29: files.template: is not in the package");
    manifest(
        "\"plain\"",
        "\"xml\"",
        "30: format: unknown variant `xml`, expected one of `quoted-words`, `plain`, \
         `directives`, `html`, `verbatim`",
    );
    manifest(", \"label\"]", "]", "45: form.parameters: `label` is in no group");
    manifest("\"label\"]", "\"label\", \"lable\"]", "47: form.parameters: is not a parameter");
    manifest("\"label\"]", "\"label\", \"key\"]", "47: form.parameters: is there twice");
    manifest(
        "stop_timeout_ms = 1000",
        "stop_timeout_ms = 0",
        "32: process: needs a timeout of 1 to 600000 ms",
    );
}

#[test]
fn a_template_that_names_nothing_is_refused() {
    let file = "templates/gate.conf.j2";
    let error = changed(file, "secrets.key", "parameters.kee").unwrap_err();
    assert_eq!(error, "templates/gate.conf.j2:2: undefined value");
    let error = changed(file, "secrets.key }}", "secrets.key }").unwrap_err();
    assert_eq!(error, "templates/gate.conf.j2:2: syntax error");
    manifest("{{ directory }}/conf", "{{ folder }}/conf", " process.argv: undefined value");
}

#[test]
fn a_secret_in_an_argument_is_refused() {
    let argv = "\"--reload\"]\nenvironment = { KEY = \"{{ secrets.token }}\" }";
    let secret = "\n[[secrets]]\nname = \"token\"\ntitle = { en = \"token\", zh = \"令牌\" }\n\
        length = 16\nalphabet = \"0123456789abcdef\"\n\n[[files]]";
    let mut files = gate();
    let text = String::from_utf8(files["package.toml"].clone()).unwrap();
    let text = text.replacen("\n[[files]]", secret, 1).replacen("\"--reload\"]", argv, 1);
    files.insert("package.toml".to_owned(), text.clone().into_bytes());
    Package::from_files(files.clone()).unwrap();
    let text = text.replacen("\"--reload\"]", "\"{{ secrets.token }}\"]", 1);
    files.insert("package.toml".to_owned(), text.into_bytes());
    let error = Package::from_files(files).unwrap_err();
    assert_eq!(error.to_string(), "package.toml: hot.argv: undefined value");
}

#[test]
fn a_mistake_in_the_parameters_is_named_with_its_line() {
    schema(
        "\"x-apply\": \"restart\"",
        "\"x-aply\": \"restart\"",
        "10: memory: unknown field `x-aply`",
    );
    schema(
        "\"x-apply\": \"restart\"",
        "\"x-apply\": \"cold\"",
        "10: memory: unknown variant `cold`",
    );
    schema("\"type\": \"integer\"", "\"type\": \"number\"", "7: memory: unknown variant `number`");
    schema("\"type\": \"integer\"", "\"type\": \"whole\"", "6: memory: ");
    schema("\"key\": {", "\"memory\": {", "18: `memory` is there twice");
    schema("2020-12", "2019-09", "2: $schema: must be https://json-schema.org/draft/2020-12");
    schema(
        "\"additionalProperties\": false",
        "\"additionalProperties\": true",
        "4: additionalProperties: must be false",
    );
    schema("\"zh\": \"密钥\"", "\"zh\": \" \"", "14: key: needs a text in en and in zh");
    schema(
        "\"default\": false",
        "\"default\": 0",
        " fast: the default with plan tiny: must be true",
    );
    schema("\"minimum\": 16", "\"minimum\": 95", " memory: the default with plan tiny: must be at");
    schema("\"maxLength\": 8", "\"pattern\": \"(\"", "24: label: ");
    schema("\"maxLength\": 8", "\"minimum\": 8", "24: label: minimum is for integers");
    schema("\"maxLength\": 8", "\"examples\": [8]", "24: label: an example is not allowed");
    schema("[\"2\"]", "[\"3\"]", "19: fast: x-versions names none of ours");
    schema("\"label\": {", "\"size\": {", "24: size: is not a name for a parameter");
    schema("}\n}", "}\n", "");
}

#[test]
fn hot_parameters_need_a_way_to_arrive() {
    let hot = "[hot]\nargv = [\"usr/sbin/gate\", \"--reload\"]\ntimeout_ms = 1000\n";
    let error = changed("package.toml", hot, "").unwrap_err();
    assert_eq!(error, "parameters.schema.json:14: key: is hot, but package.toml has no [hot]");
}

#[track_caller]
fn with_file(path: &str, content: &[u8], expected: &str) {
    let mut files = gate();
    files.insert(path.to_owned(), content.to_vec());
    assert_eq!(Package::from_files(files).unwrap_err().to_string(), expected);
}

#[test]
fn a_file_that_nobody_listed_is_refused() {
    with_file("run.sh", b"x", "run.sh: is not listed in package.toml");
    with_file("templates/other.j2", b"x", "templates/other.j2: is not listed in package.toml");
    with_file("templates/gate.conf.j2", b"\xff", "templates/gate.conf.j2: is not text in UTF-8");
}

#[test]
fn a_missing_file_is_named() {
    for path in ["package.toml", "parameters.schema.json", "README.en.md", "README.zh.md"] {
        let mut files = gate();
        files.remove(path);
        let error = Package::from_files(files).unwrap_err();
        assert_eq!(error.to_string(), format!("{path}: is missing"));
    }
}

#[test]
fn a_folder_is_read_without_following_links() {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in gate() {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let expected = Package::from_files(gate()).unwrap();
    let found = Package::from_directory(folder.path()).unwrap();
    assert_eq!(found.digest(), expected.digest());
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).unwrap();
    let error = Package::from_directory(folder.path()).unwrap_err();
    assert_eq!(error.to_string(), "link: is neither a file nor a folder");
    assert!(Package::from_directory(&folder.path().join("none")).is_err());
}

#[test]
fn a_catalogue_wants_packages_in_their_own_folder() {
    let load = |folder: &str| {
        let files = gate().into_iter().map(|(path, content)| (format!("{folder}/{path}"), content));
        Catalog::from_files(files.collect()).map(|it| it.list().len()).map_err(|it| it.to_string())
    };
    assert_eq!(load("gate/2.1.0"), Ok(1));
    let other = "names another package than its folder";
    assert_eq!(load("gate/2.2.0"), Err(format!("gate/2.2.0/package.toml: {other}")));
    let stray = BTreeMap::from([("README.md".to_owned(), Vec::new())]);
    let error = Catalog::from_files(stray).unwrap_err();
    assert_eq!(error.to_string(), "README.md: is not in a folder <name>/<version>");
}
