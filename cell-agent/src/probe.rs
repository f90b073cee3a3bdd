//! How the answer of a probe is judged: pure.

use catalog::recipe::Expect;
use connectors::runtime::CommandOutput;

/// No more of an answer is shown to people.
const SHOWN_CHARACTERS: usize = 80;

/// The answer, or in half a sentence why there is none.
pub fn judge(expect: &Expect, output: &CommandOutput) -> Result<String, String> {
    let first = output.stdout.lines().next().unwrap_or_default().trim_end();
    let answer = match expect {
        Expect::FirstLine { text } => (first == text).then(|| text.clone()),
        Expect::Lookup { words } => words.get(first).cloned(),
    };
    answer.ok_or_else(|| match output.code {
        None => "the probe was given up on".to_owned(),
        Some(code) if first.is_empty() => format!("the probe ended with {code} and no answer"),
        Some(code) => format!("the probe ended with {code} and answered `{}`", shown(first)),
    })
}

fn shown(text: &str) -> String {
    let visible = text.chars().filter(|character| !character.is_control());
    visible.take(SHOWN_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expect: &Expect, code: Option<i32>, stdout: &str, judged: Result<&str, &str>) {
        let output = CommandOutput { code, stdout: stdout.to_owned(), stderr: String::new() };
        let judged = judged.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(judge(expect, &output), judged);
    }

    #[test]
    fn the_first_line_decides() {
        let pong = Expect::FirstLine { text: "PONG".to_owned() };
        check(&pong, Some(0), "PONG\n", Ok("PONG"));
        check(&pong, Some(0), "PONG\r\nmore", Ok("PONG"));
        check(&pong, Some(1), "", Err("the probe ended with 1 and no answer"));
        check(&pong, None, "", Err("the probe was given up on"));
        check(
            &pong,
            Some(0),
            "LOADING\u{7}\n",
            Err("the probe ended with 0 and answered `LOADING`"),
        );
    }

    #[test]
    fn a_word_is_looked_up() {
        let words = [("master".to_owned(), "primary".to_owned())].into();
        let role = Expect::Lookup { words };
        check(&role, Some(0), "master\n0\n", Ok("primary"));
        check(&role, Some(0), "sentinel\n", Err("the probe ended with 0 and answered `sentinel`"));
    }
}
