//! The package `memcached` from the order to the deletion.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::product::Product;
use super::stage::Host;

fn say(port: u16, text: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it answers");
    stream.write_all(format!("{text}\r\nquit\r\n").as_bytes()).expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[tokio::test]
async fn memcached_is_installed_changed_stopped_started_and_removed() {
    let host = Host::new().await;
    let mut product = Product::install(&host, "memcached", &[].into()).await;
    let port = product.port();
    let answer = say(port, "set a 0 0 1\r\n1");
    assert_eq!(answer, "STORED\r\n");
    product.change_hot("memory-limit", json!(100)).await;
    assert!(say(port, "stats settings").contains("STAT maxbytes 104857600\r\n"));
    assert!(say(port, "get a").starts_with("VALUE a"), "a hot change keeps what is stored");
    product.change_by_restart("flush-all", json!(false)).await;
    assert!(say(port, "flush_all").contains("not allowed"), "{}", say(port, "flush_all"));
    assert!(say(port, "stats settings").contains("STAT maxbytes 104857600\r\n"), "kept");
    product.stop().await;
    product.start().await;
    product.remove().await;
}
