//! Redis, which carries hints between planes: whether it is set and answers.

use crate::config::Config;
use crate::doctor::{Findings, chain};
use crate::home::Home;
use crate::nudge::Relay;

/// Asks it for a ping.
pub async fn look(home: &Home, config: &Config, findings: &mut Findings) {
    let name = "redis";
    let url = match home.redis(config) {
        Ok(Some(url)) => url,
        Ok(None) => {
            let told = "none; several planes see each other's changes within 1 to 2 seconds";
            return findings.ok(name, told);
        }
        Err(error) => {
            let advice = "make `redis.url_file` readable for the plane's user";
            return findings.error(name, chain(&error), advice);
        }
    };
    let asked = async { Relay::new(url.reveal(), "", "")?.ping().await };
    match asked.await {
        Ok(()) => findings.ok(name, "it answers; hints between planes go through it"),
        Err(error) => {
            let advice = "start it, check `redis.url_file`, its host and password; until then \
                          several planes see each other's changes within 1 to 2 seconds, and nothing \
                          else is lost";
            findings.warning(name, chain(&error), advice);
        }
    }
}
