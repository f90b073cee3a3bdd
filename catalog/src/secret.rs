//! New passwords and keys for an instance, as its package wants them.

use std::collections::BTreeMap;

use types::secret::Secret;

use crate::package::Package;

/// Makes every secret of the package from random bytes that the caller provides; they must come
/// from the system's source of randomness.
pub fn generate(package: &Package, random: &mut dyn FnMut(&mut [u8])) -> BTreeMap<String, Secret> {
    let rules = package.manifest().secrets.iter();
    rules
        .map(|rule| {
            let alphabet = rule.alphabet.as_bytes();
            let text: String = (0..rule.length).map(|_| letter(alphabet, random)).collect();
            (rule.name.clone(), Secret::new(text))
        })
        .collect()
}

/// One letter. The remainder of 128 random bits favours no letter by more than 2⁻¹²⁰, and needs no
/// loop that a broken source could keep running.
fn letter(alphabet: &[u8], random: &mut dyn FnMut(&mut [u8])) -> char {
    let mut bytes = [0; 16];
    random(&mut bytes);
    let index = u128::from_be_bytes(bytes) % alphabet.len() as u128;
    char::from(alphabet[index as usize])
}
