//! The list of codes that people read is the list that the program has.

use control_plane_core::error::ErrorCode;
use control_plane_core::sign_in::problem::SignInProblem;

#[test]
fn every_code_of_the_api_is_described_and_no_other() {
    let text = include_str!("../../docs/error-codes.md");
    let start = text.find("# Codes of the API").expect("a chapter");
    let chapter = text[start..].lines().skip(1).take_while(|line| !line.starts_with("# "));
    let described: Vec<_> = chapter.filter_map(|line| line.strip_prefix("## ")).collect();
    let known: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(described, known);
}

#[test]
fn every_word_of_a_refused_sign_in_is_described_and_no_other() {
    let text = include_str!("../../docs/sign-in.md");
    let start = text.find("## Words of refusals").expect("a chapter");
    let words = text[start..].lines().filter_map(|line| line.strip_prefix("| `"));
    let described: Vec<_> = words.filter_map(|line| line.split('`').next()).collect();
    let known: Vec<_> = SignInProblem::ALL.iter().map(|word| word.as_str()).collect();
    assert_eq!(described, known);
}
