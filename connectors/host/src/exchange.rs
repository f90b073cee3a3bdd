//! Asks a member by its own port: something is sent, and the first line of the answer is taken.

use std::time::Duration;

use catalog::recipe::Exchange;
use connectors::runtime::CommandOutput;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Sends the text and takes the first line. One that cannot be reached is like a program that
/// failed, one that says nothing like a program that was given up on.
pub async fn run(host: &str, port: u16, exchange: &Exchange) -> CommandOutput {
    let limit = Duration::from_millis(exchange.timeout_ms);
    let (code, stdout, stderr) = match tokio::time::timeout(limit, converse(host, port, exchange))
        .await
    {
        Ok(Ok(answer)) => (Some(0), String::from_utf8_lossy(&answer).into_owned(), String::new()),
        Ok(Err(error)) => (Some(1), String::new(), format!("ask port {port}: {error}")),
        Err(_) => (None, String::new(), format!("port {port} did not answer in time")),
    };
    CommandOutput { code, stdout, stderr }
}

async fn converse(host: &str, port: u16, exchange: &Exchange) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(exchange.send.reveal().as_bytes()).await?;
    let (mut answer, mut piece) = (Vec::new(), [0; 4_096]);
    while !answer.contains(&b'\n') && answer.len() < ANSWER_BYTES_MAX {
        match stream.read(&mut piece).await? {
            0 => break,
            length => answer.extend_from_slice(&piece[..length]),
        }
    }
    let line = answer.iter().position(|byte| *byte == b'\n').map_or(answer.len(), |end| end + 1);
    answer.truncate(line.min(ANSWER_BYTES_MAX));
    Ok(answer)
}
