//! Arguments of `sign-in`, `use` and `completion`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Arguments of `cellplane sign-in`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane sign-in                      asks for the link without showing it
  cellplane sign-in http://127.0.0.1:8080/sign-in#CODE
  cellplane sign-in --address https://plane.example.org --code-file code.txt
  print-the-link | cellplane sign-in --code-file -")]
pub struct SignInArguments {
    /// The whole one-time link; asked for if missing
    #[arg(conflicts_with = "code_file", value_hint = ValueHint::Url)]
    pub link: Option<String>,
    /// File with the code or the whole link; `-` reads standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub code_file: Option<PathBuf>,
}

/// Arguments of `cellplane use`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane use --project platform-dev   orders go there, names are looked up there
  cellplane use --no-project             forget it")]
pub struct UseArguments {
    /// Name or id of the project
    #[arg(long, short, required_unless_present = "no_project", value_name = "PROJECT")]
    pub project: Option<String>,
    /// Have no default project any more
    #[arg(long, conflicts_with = "project")]
    pub no_project: bool,
}

/// Arguments of `cellplane completion`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane completion bash > ~/.local/share/bash-completion/completions/cellplane
  cellplane completion zsh > ~/.zfunc/_cellplane
  cellplane completion fish > ~/.config/fish/completions/cellplane.fish")]
pub struct CompletionArguments {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish"])]
    pub shell: String,
}
