//! Many connections that ask the same thing over and over, as cheaply as can be: one request is one
//! write, and an answer is read to its end and looked at. The same for every server.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Outcome;

/// An answer as long as the one before is read again only so often: reading all of them would take
/// the time that is to be measured.
const LOOK_EVERY: usize = 16;

/// What a storm of requests came to.
pub struct Storm {
    /// Answers per second.
    pub rate: f64,
    /// Of a hundred answers the slowest but one, in milliseconds.
    pub p99_ms: f64,
}

/// A `POST` with a JSON body.
pub fn post(host: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         authorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Asks from so many connections for so long.
///
/// # Errors
/// Also if one answer is not right.
pub async fn storm(
    host: &str,
    request: &[u8],
    connections: usize,
    length: Duration,
    is_right: fn(&[u8]) -> bool,
) -> Outcome<Storm> {
    let began = Instant::now();
    let mut open = JoinSet::new();
    for _ in 0..connections {
        let (host, request) = (host.to_owned(), request.to_vec());
        open.spawn(async move { ask(&host, &request, began + length, is_right).await });
    }
    let mut took = Vec::new();
    while let Some(ended) = open.join_next().await {
        took.extend(ended??);
    }
    let seconds = began.elapsed().as_secs_f64();
    took.sort_unstable();
    let p99 = took.get(took.len() * 99 / 100).copied().unwrap_or_default();
    Ok(Storm {
        rate: f64::from(u32::try_from(took.len())?) / seconds,
        p99_ms: p99.as_secs_f64() * 1e3,
    })
}

async fn ask(
    host: &str,
    request: &[u8],
    until: Instant,
    is_right: fn(&[u8]) -> bool,
) -> Outcome<Vec<Duration>> {
    let mut stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let mut took = Vec::new();
    let mut buffer = Vec::with_capacity(64 * 1024);
    let mut last = 0;
    while Instant::now() < until {
        let began = Instant::now();
        stream.write_all(request).await?;
        buffer.clear();
        let body = answer(&mut stream, &mut buffer).await?;
        took.push(began.elapsed());
        let body = buffer.get(body..).unwrap_or_default();
        let is_known = body.len() == last && took.len() % LOOK_EVERY != 0;
        last = body.len();
        if !is_known && !is_right(body) {
            let text = String::from_utf8_lossy(&buffer);
            return Err(format!("a wrong answer: {}", &text[..text.len().min(600)]).into());
        }
    }
    Ok(took)
}

/// Reads one answer; says where its body begins.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Outcome<usize> {
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        let Some(head) = find(buffer, b"\r\n\r\n") else { continue };
        let body = head + 4;
        let text = std::str::from_utf8(&buffer[..head])?.to_ascii_lowercase();
        let length = text.split("\r\n").find_map(|line| line.strip_prefix("content-length:"));
        match length {
            Some(length) if buffer.len() >= body + length.trim().parse::<usize>()? => {
                return Ok(body);
            }
            None if buffer.ends_with(b"0\r\n\r\n") && buffer.len() > body => return Ok(body),
            _ => {}
        }
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// How often something stands in an answer.
pub fn count(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).filter(|window| *window == part).count()
}
