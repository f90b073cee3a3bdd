//! Signatures that cells make with the key that they enrolled with (Ed25519, RFC 8032).

use data_encoding::HEXLOWER_PERMISSIVE;
use ed25519_dalek::{Signature, VerifyingKey, verify_batch};

/// A text, and the hex signature that came with it.
pub type Signed<'a> = (String, &'a str);

fn decode<const N: usize>(hex: &str) -> Option<[u8; N]> {
    HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?.try_into().ok()
}

fn key(hex: &str) -> Option<VerifyingKey> {
    let key = VerifyingKey::from_bytes(&decode(hex)?).ok()?;
    // Under a weak key a signature says nothing of its text.
    Some(key).filter(|key| !key.is_weak())
}

fn signature(hex: &str) -> Option<Signature> {
    Some(Signature::from_bytes(&decode(hex)?))
}

/// Whether the hex signature over the text was made with the hex key.
pub fn is_signed(public_key: &str, text: &str, signed: &str) -> bool {
    match (key(public_key), signature(signed)) {
        (Some(key), Some(signature)) => key.verify_strict(text.as_bytes(), &signature).is_ok(),
        _ => false,
    }
}

/// The place of the first text that was not signed with the hex key; none if all were.
///
/// All are checked at once, which costs less; only if that fails is each looked at.
pub fn first_unsigned(public_key: &str, texts: &[Signed<'_>]) -> Option<usize> {
    let Some(key) = key(public_key) else { return (!texts.is_empty()).then_some(0) };
    let signatures: Option<Vec<_>> = texts.iter().map(|(_, signed)| signature(signed)).collect();
    if let Some(signatures) = signatures {
        let messages: Vec<_> = texts.iter().map(|(text, _)| text.as_bytes()).collect();
        if verify_batch(&messages, &signatures, &vec![key; texts.len()]).is_ok() {
            return None;
        }
    }
    texts.iter().position(|(text, signed)| !is_signed(public_key, text, signed))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;
    use crate::token::hex;

    fn signed(key: &SigningKey, count: usize) -> Vec<(String, String)> {
        let texts = (0..count).map(|number| format!("record {number}"));
        texts.map(|text| (text.clone(), hex(&key.sign(text.as_bytes()).to_bytes()))).collect()
    }

    #[track_caller]
    fn check(key: &str, all: &[(String, String)], expected: Option<usize>) {
        let all: Vec<_> =
            all.iter().map(|(text, signed)| (text.clone(), signed.as_str())).collect();
        assert_eq!(first_unsigned(key, &all), expected);
    }

    #[test]
    fn the_first_that_is_not_signed_is_found_among_many() {
        let (ours, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let key = hex(ours.verifying_key().as_bytes());
        let all = signed(&ours, 300);
        check(&key, &[], None);
        check(&key, &all, None);
        check(&hex(other.verifying_key().as_bytes()), &all, Some(0));
        let mut changed = all.clone();
        changed[299].0.push('0');
        check(&key, &changed, Some(299));
        changed[7].1 = signed(&other, 8)[7].1.clone();
        check(&key, &changed, Some(7));
        changed[3].1 = "no signature".to_owned();
        check(&key, &changed, Some(3));
        changed[2].1 = all[1].1.clone();
        check(&key, &changed, Some(2));
    }

    #[test]
    fn a_key_that_signs_everything_signs_nothing() {
        // The neutral element as key and as R, and s = 0, fit each text.
        let neutral = format!("01{}", "0".repeat(62));
        let signed = format!("{neutral}{}", "0".repeat(64));
        assert!(!is_signed(&neutral, "anything", &signed));
        check(&neutral, &[("anything".to_owned(), signed)], Some(0));
        check("no key", &[], None);
        check("no key", &[(String::new(), String::new())], Some(0));
    }
}
