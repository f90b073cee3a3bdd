//! Messages over the simulated network: one connection, one question, one answer.
//!
//! TLS is left out: what a certificate shows to the listener stands in the head of the question.

use std::io;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use turmoil::net::TcpStream;
use types::id::CellId;

/// Where the plane listens.
pub const PLANE: (&str, u16) = ("plane", 8443);

/// The head of a question or an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Of a question: what is asked.
    pub path: String,
    /// Of a cell: what its certificate shows.
    pub shown: Option<(CellId, String)>,
    /// Of a person: the token of the session.
    pub token: Option<String>,
    /// Of an answer: its HTTP status.
    pub status: u16,
}

/// A head with its JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is about.
    pub head: Head,
    /// JSON.
    pub body: Vec<u8>,
}

impl Frame {
    /// Sends it in one piece.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn send(&self, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let head = serde_json::to_vec(&self.head)?;
        let mut whole = Vec::with_capacity(head.len() + self.body.len() + 8);
        for part in [&head, &self.body] {
            let length = u32::try_from(part.len()).map_err(io::Error::other)?;
            whole.extend(length.to_be_bytes());
            whole.extend_from_slice(part);
        }
        to.write_all(&whole).await
    }

    /// Receives one.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn receive(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let mut parts = [Vec::new(), Vec::new()];
        for part in &mut parts {
            let length = from.read_u32().await?;
            part.resize(usize::try_from(length).map_err(io::Error::other)?, 0);
            from.read_exact(part).await?;
        }
        let [head, body] = parts;
        Ok(Self { head: serde_json::from_slice(&head)?, body })
    }

    /// Asks the plane.
    ///
    /// # Errors
    /// If no answer comes; the question may have arrived.
    pub async fn ask(&self) -> io::Result<Self> {
        let mut stream = TcpStream::connect(PLANE).await?;
        self.send(&mut stream).await?;
        Self::receive(&mut stream).await
    }
}
