//! Compiles the replacement of the system's randomness and links it into every program of this
//! package, before the C library.

fn main() {
    println!("cargo:rerun-if-changed=src/chance.c");
    let objects = cc::Build::new().file("src/chance.c").compile_intermediates();
    for object in objects {
        println!("cargo:rustc-link-arg={}", object.display());
    }
}
