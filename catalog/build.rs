//! Embeds the packages anew when a file was added or removed, not only when one changed.

fn main() {
    println!("cargo:rerun-if-changed=packages");
}
