//! Everything that a provider, or whoever stands between, can bend.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tests::provider::{Play, Provider, Raw, Sign};

/// A name, what is bent, and the word for it.
pub type Case = (&'static str, Play, &'static str);

fn play() -> Play {
    Play::default()
}

fn claim(name: &'static str, value: Value) -> Play {
    play().edit("claims", move |claims| claims[name] = value.clone())
}

fn without(part: &'static str, name: &'static str) -> Play {
    play().edit(part, move |value| {
        value.as_object_mut().expect("an object").remove(name);
    })
}

fn header(name: &'static str, value: Value) -> Play {
    play().edit("header", move |header| header[name] = value.clone())
}

fn answer(name: &'static str, value: Value) -> Play {
    play().edit("answer", move |answer| answer[name] = value.clone())
}

fn back(name: &'static str, value: Value) -> Play {
    play().edit("callback", move |back| back[name] = value.clone())
}

fn document(name: &'static str, value: Value) -> Play {
    play().edit("discovery", move |document| document[name] = value.clone())
}

/// A part of a token, changed after it was signed.
fn part(index: usize, change: impl Fn(&str) -> String + Send + Sync + 'static) -> Play {
    play().token(move |token| {
        let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
        parts[index] = change(&parts[index]);
        parts.join(".")
    })
}

fn decoded(part: &str) -> String {
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).expect("a part");
    String::from_utf8(bytes).expect("JSON")
}

fn encoded(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}

/// All ways back that must lead nowhere, at an instant in seconds.
pub fn cases(provider: &Provider, _: i64) -> Vec<Case> {
    let mut cases = algorithms(provider);
    cases.extend(keys(provider));
    cases.extend(whose(provider));
    cases.extend(times());
    cases.extend(shapes());
    cases.extend(answers(provider));
    cases.extend(ways_back());
    cases.extend(people());
    cases
}

fn algorithms(provider: &Provider) -> Vec<Case> {
    let none = |word: &str| header("alg", json!(word)).sign(Sign::Bytes(Vec::new()));
    let confused = |secret: Vec<u8>| header("alg", json!("HS256")).sign(Sign::Hmac(secret));
    let key = provider.public_key();
    let published = tests::provider::published(&key, "own").to_string();
    let secret = tests::provider::SECRET.as_bytes().to_vec();
    let unannounced = document("id_token_signing_alg_values_supported", json!(["RS256", "ES256"]));
    vec![
        ("alg none", none("none"), "algorithm"),
        ("alg None", none("None"), "token_malformed"),
        ("alg NONE", none("NONE"), "token_malformed"),
        ("alg none with the old signature", header("alg", json!("none")), "algorithm"),
        ("HS256 with the public key", confused(key.clone()), "algorithm"),
        ("HS256 with the published key", confused(published.into_bytes()), "algorithm"),
        ("HS256 with the client secret", confused(secret), "algorithm"),
        ("HS256 with nothing", confused(Vec::new()), "algorithm"),
        ("another algorithm than signed with", header("alg", json!("RS256")), "algorithm"),
        ("EdDSA with a key on P-256", header("alg", json!("EdDSA")), "key_unknown"),
        ("an algorithm that nobody has", header("alg", json!("ES999")), "token_malformed"),
        ("an algorithm as a number", header("alg", json!(256)), "token_malformed"),
        ("no algorithm", without("header", "alg"), "token_malformed"),
        ("an algorithm that was not announced", unannounced.sign(Sign::Edwards), "algorithm"),
        ("an encrypted token", header("alg", json!("RSA-OAEP")), "token_malformed"),
    ]
}

fn keys(provider: &Provider) -> Vec<Case> {
    let foreign = provider.foreign_key("own");
    let place = format!("{}/foreign", provider.issuer());
    let by_foreign = |name, value| header(name, value).sign(Sign::Foreign);
    let shared = json!({ "kty": "oct", "k": BASE64URL_NOPAD.encode(b"secret"), "kid": "own" });
    let symmetric = header("alg", json!("HS256"))
        .sign(Sign::Hmac(b"secret".to_vec()))
        .edit("keys", move |set| set["keys"] = json!([shared]));
    let encrypts = play().edit("keys", |set| set["keys"][0]["use"] = json!("enc"));
    let leaked = play().edit("keys", |set| set["keys"][0]["d"] = json!("AAAA"));
    let twice = play().edit("keys", |set| {
        let first = set["keys"][0].clone();
        set["keys"] = json!([first.clone(), first]);
    });
    vec![
        ("a key in the header", by_foreign("jwk", foreign.clone()), "signature"),
        ("a place of keys in the header", by_foreign("jku", json!(place)), "signature"),
        ("a place of certificates", by_foreign("x5u", json!(place)), "signature"),
        ("certificates in the header", by_foreign("x5c", json!(["AAAA"])), "signature"),
        ("a key that nobody published", play().sign(Sign::Foreign), "signature"),
        ("the name of a key that nobody has", header("kid", json!("other")), "key_unknown"),
        ("a name that is a path", header("kid", json!("../../dev/null")), "key_unknown"),
        ("the name of the wrong key", header("kid", json!("edwards")), "key_unknown"),
        ("a shared key among the published", symmetric, "algorithm"),
        ("a key for encryption", encrypts, "key_unknown"),
        ("a key whose secret is published", leaked, "key_unknown"),
        ("two keys of one name", twice, "key_unknown"),
        ("no keys", play().edit("keys", |set| set["keys"] = json!([])), "key_unknown"),
        ("no list of keys", play().raw("keys", Raw::json("{}")), "answer_malformed"),
        ("keys that are no JSON", play().raw("keys", Raw::json("keys")), "answer_malformed"),
    ]
}

fn whose(provider: &Provider) -> Vec<Case> {
    let own = provider.issuer().to_owned();
    let slash = format!("{own}/");
    let both = || claim("aud", json!(["cellplane", "other"]));
    let authorized = both().edit("claims", |claims| claims["azp"] = json!("cellplane"));
    vec![
        ("another issuer", claim("iss", json!("https://other.example")), "issuer"),
        ("the issuer with a slash", claim("iss", json!(slash)), "issuer"),
        ("the issuer in other letters", claim("iss", json!(own.to_uppercase())), "issuer"),
        ("no issuer", without("claims", "iss"), "token_malformed"),
        ("issuers in a list", claim("iss", json!([own])), "token_malformed"),
        ("another audience", claim("aud", json!("other")), "audience"),
        ("an audience in other letters", claim("aud", json!("Cellplane")), "audience"),
        ("no audience", without("claims", "aud"), "audience"),
        ("an empty audience", claim("aud", json!([])), "audience"),
        ("two audiences", both(), "audience"),
        ("two audiences and an authorized party", authorized, "audience"),
        ("another authorized party", claim("azp", json!("other")), "authorized_party"),
        ("no nonce", without("claims", "nonce"), "nonce"),
        ("another nonce", claim("nonce", json!("other")), "nonce"),
        ("an empty nonce", claim("nonce", json!("")), "nonce"),
        ("a nonce as a number", claim("nonce", json!(7)), "token_malformed"),
        (
            "another access token",
            claim("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
            "access_token_hash",
        ),
    ]
}

/// Shifts a time of the token, in seconds.
fn shifted(name: &'static str, from: &'static str, seconds: i64) -> Play {
    play().edit("claims", move |claims| {
        claims[name] = json!(claims[from].as_i64().expect("a time") + seconds);
    })
}

fn times() -> Vec<Case> {
    let behind = shifted("exp", "iat", 0).edit("claims", |claims| {
        let now = claims["iat"].as_i64().expect("a time");
        claims["iat"] = json!(now - 300);
    });
    vec![
        ("over for a minute", shifted("exp", "iat", -61), "expired"),
        ("over for a year", shifted("exp", "iat", -31_536_000), "expired"),
        ("over since ever", claim("exp", json!(0)), "expired"),
        ("a negative end", claim("exp", json!(-1)), "expired"),
        ("no end", without("claims", "exp"), "token_malformed"),
        ("an end as a text", claim("exp", json!("9999999999")), "token_malformed"),
        ("an end behind all time", claim("exp", json!(1e300)), "token_malformed"),
        ("an end beyond all numbers", huge("exp"), "token_malformed"),
        ("issued in a minute", shifted("iat", "iat", 61), "issued_late"),
        ("a clock 5 minutes ahead", shifted("iat", "iat", 300), "issued_late"),
        ("a clock 5 minutes behind", behind, "issued_early"),
        ("issued before the sign-in began", shifted("iat", "iat", -61), "issued_early"),
        ("no time of issue", without("claims", "iat"), "token_malformed"),
        ("not valid yet", shifted("nbf", "iat", 61), "not_yet_valid"),
        ("a beginning as a text", claim("nbf", json!("now")), "token_malformed"),
        ("a beginning behind all time", claim("nbf", json!(1e300)), "token_malformed"),
    ]
}

fn huge(name: &'static str) -> Play {
    play().payload(move |claims| {
        let text = claims.to_string();
        text.replacen(&format!("\"{name}\":"), &format!("\"{name}\":1e999,\"was\":"), 1)
    })
}

/// One claim twice, so that two readers see two values.
fn twice(name: &'static str, value: &'static str) -> Play {
    play().payload(move |claims| {
        let text = claims.to_string();
        format!("{},\"{name}\":{value}}}", text.trim_end_matches('}'))
    })
}

fn shapes() -> Vec<Case> {
    let tampered = part(1, |payload| encoded(&decoded(payload).replace("person-1", "person-2")));
    let named = part(0, |header| encoded(&decoded(header).replace("JWT", "jwt")));
    vec![
        ("a changed claim", tampered, "signature"),
        ("a changed header", named, "signature"),
        ("no signature", part(2, |_| String::new()), "signature"),
        ("a short signature", part(2, |part| part[..20].to_owned()), "signature"),
        ("a signature of zeros", play().sign(Sign::Bytes(vec![0; 64])), "signature"),
        ("a signature that is no text", part(2, |_| "!!".to_owned()), "token_malformed"),
        (
            "two parts",
            play().token(|token| token[..token.rfind('.').expect("a dot")].to_owned()),
            "token_malformed",
        ),
        ("four parts", play().token(|token| format!("{token}.AAAA")), "token_malformed"),
        ("an empty token", play().token(|_| String::new()), "token_malformed"),
        ("a payload that is no JSON", play().payload(|_| "claims".to_owned()), "token_malformed"),
        ("a payload that is a list", play().payload(|_| "[]".to_owned()), "token_malformed"),
        ("a subject twice", twice("sub", "\"person-2\""), "token_malformed"),
        ("an issuer twice", twice("iss", "\"https://other.example\""), "token_malformed"),
        ("a name twice", twice("preferred_username", "\"admin\""), "token_malformed"),
        ("groups twice", twice("groups", "[\"admins\"]"), "token_malformed"),
        ("an access token as a token", header("typ", json!("at+jwt")), "token_malformed"),
        ("a logout token as a token", header("typ", json!("logout+jwt")), "token_malformed"),
        ("a token in a token", header("cty", json!("JWT")), "token_malformed"),
        ("something critical", header("crit", json!(["exp"])), "token_malformed"),
    ]
}

fn answers(provider: &Provider) -> Vec<Case> {
    let raw =
        |status, kind, body: &str| Raw { status, kind, body: body.to_owned(), location: None };
    let json = "application/json";
    let elsewhere =
        Raw { location: Some(format!("{}/keys", provider.issuer())), ..raw(307, json, "{}") };
    let large = "a".repeat(200_000);
    let with = |what, raw| play().raw(what, raw);
    let twice = "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"access_token\":\"b\"}";
    vec![
        ("a token of 200 kB", answer("id_token", json!(large)), "oversized"),
        ("an answer of 200 kB", answer("more", json!(large)), "oversized"),
        (
            "keys of 200 kB",
            play().edit("keys", move |set| set["more"] = json!("a".repeat(200_000))),
            "oversized",
        ),
        (
            "a thousand keys",
            play().edit("keys", |set| {
                set["keys"] = Value::Array(vec![json!({ "kty": "EC" }); 1_000]);
            }),
            "oversized",
        ),
        ("a redirect instead of tokens", with("answer", elsewhere.clone()), "redirected"),
        ("a redirect instead of keys", with("keys", elsewhere), "redirected"),
        (
            "a page instead of tokens",
            with("answer", raw(200, "text/html", "<html>")),
            "answer_malformed",
        ),
        ("tokens as a page", with("answer", raw(200, "text/html", "{}")), "answer_malformed"),
        ("nothing instead of tokens", with("answer", raw(200, json, "")), "answer_malformed"),
        ("an empty object", with("answer", raw(200, json, "{}")), "answer_malformed"),
        ("a list instead of tokens", with("answer", raw(200, json, "[]")), "answer_malformed"),
        ("a name twice in the answer", with("answer", raw(200, json, twice)), "answer_malformed"),
        (
            "an error with 200",
            with("answer", raw(200, json, "{\"error\":\"no\"}")),
            "answer_malformed",
        ),
        (
            "an error of the server",
            with("answer", raw(500, json, "{\"error\":\"server_error\"}")),
            "code_refused",
        ),
        ("an error without words", with("answer", raw(500, "text/plain", "")), "provider_failed"),
        ("no id token", without("answer", "id_token"), "token_missing"),
        ("an id token as a number", answer("id_token", json!(7)), "answer_malformed"),
        ("no access token", without("answer", "access_token"), "answer_malformed"),
        ("keys that are not there", with("keys", raw(404, json, "{}")), "provider_failed"),
    ]
}

fn ways_back() -> Vec<Case> {
    let announced = document("authorization_response_iss_parameter_supported", json!(true));
    let refused = |word: &'static str| {
        back("error", json!(word)).edit("callback", |back| {
            back.as_object_mut().expect("an object").remove("code");
        })
    };
    vec![
        (
            "another issuer on the way back",
            back("iss", json!("https://other.example")),
            "issuer_parameter",
        ),
        ("an empty issuer on the way back", back("iss", json!("")), "issuer_parameter"),
        ("no issuer though announced", announced, "issuer_parameter"),
        ("an error", refused("access_denied"), "provider_refused"),
        ("an error with markup", refused("<script>alert(1)</script>"), "provider_refused"),
        ("an error beside a code", back("error", json!("login_required")), "provider_refused"),
        ("no code", without("callback", "code"), "code_missing"),
        ("an empty code", back("code", json!("")), "code_missing"),
        ("another code", back("code", json!("code-other")), "code_refused"),
        ("a code with markup", back("code", json!("\"><script>")), "code_refused"),
    ]
}

fn people() -> Vec<Case> {
    let other = |name: &'static str, value: Value| {
        claim("sub", json!("person-9")).edit("claims", move |claims| claims[name] = value.clone())
    };
    vec![
        ("no subject", without("claims", "sub"), "token_malformed"),
        ("a subject as a number", claim("sub", json!(1)), "token_malformed"),
        ("an empty subject", claim("sub", json!("")), "subject_malformed"),
        ("a subject of 300 characters", claim("sub", json!("a".repeat(300))), "subject_malformed"),
        ("a subject with a line's end", claim("sub", json!("a\nb")), "subject_malformed"),
        ("a subject with a space behind", claim("sub", json!("person-1 ")), "name_taken"),
        ("the name of somebody else", other("preferred_username", json!("admin")), "name_taken"),
        ("the name in other letters", other("preferred_username", json!("ADMIN")), "name_taken"),
        ("a name with markup", other("preferred_username", json!("<b>")), "name_unusable"),
        ("no name", other("preferred_username", Value::Null), "name_missing"),
        (
            "an unverified address as a name",
            other("preferred_username", Value::Null).edit("claims", |claims| {
                claims["email"] = json!("admin@acme.example");
            }),
            "name_missing",
        ),
    ]
}

/// Documents by which nobody may even leave.
pub fn documents(provider: &Provider) -> Vec<Case> {
    let elsewhere = Raw {
        status: 302,
        kind: "application/json",
        body: String::new(),
        location: Some(provider.issuer().to_owned()),
    };
    let missing = Raw { status: 404, ..Raw::json("{}") };
    let page = Raw { kind: "text/html", ..Raw::json("{}") };
    let raw = |raw| play().raw("discovery", raw);
    let methods = "code_challenge_methods_supported";
    let signs = "id_token_signing_alg_values_supported";
    let far = || json!("http://far.example/keys");
    let script = || json!("javascript:alert(1)");
    let slash = json!(format!("{}/", provider.issuer()));
    vec![
        ("no document", raw(missing), "provider_failed"),
        ("a document elsewhere", raw(elsewhere), "redirected"),
        ("a page", raw(page), "answer_malformed"),
        ("no JSON", raw(Raw::json("no")), "answer_malformed"),
        (
            "a document of 200 kB",
            raw(Raw::json(format!("{{\"a\":\"{}\"}}", "a".repeat(200_000)))),
            "oversized",
        ),
        (
            "a document with a name twice",
            raw(Raw::json("{\"issuer\":\"a\",\"issuer\":\"b\"}")),
            "answer_malformed",
        ),
        ("another issuer", document("issuer", json!("https://other.example")), "issuer_mismatch"),
        ("the issuer with a slash", document("issuer", slash), "issuer_mismatch"),
        ("no issuer", without("discovery", "issuer"), "issuer_mismatch"),
        ("no code flow", document("response_types_supported", json!(["id_token"])), "no_code_flow"),
        (
            "no grant for codes",
            document("grant_types_supported", json!(["implicit"])),
            "no_code_flow",
        ),
        ("no place for codes", without("discovery", "token_endpoint"), "no_code_flow"),
        ("code challenges as they are", document(methods, json!(["plain"])), "no_s256"),
        ("no way of code challenges", document(methods, json!([])), "no_s256"),
        ("no word of code challenges", without("discovery", methods), "no_s256"),
        ("shared secrets alone", document(signs, json!(["HS256"])), "no_algorithm"),
        ("no signatures", document(signs, json!(["none"])), "no_algorithm"),
        ("keys over http", document("jwks_uri", far()), "address_refused"),
        ("codes over http", document("token_endpoint", far()), "address_refused"),
        ("a script as a page", document("authorization_endpoint", script()), "address_refused"),
    ]
}
