//! The way between a plane and its database, which a story can cut and block.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Everything passes.
    Open,
    /// Nothing passes, and nobody is told.
    Blocked,
    /// The connection that commits next is cut before the database hears of it.
    CutBeforeCommit,
    /// The connection that commits next is cut after the database answered, before the answer.
    CutAfterCommit,
}

/// A proxy before a server; gone when dropped, with its connections.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    way: watch::Sender<Way>,
    _end: watch::Sender<()>,
}

impl Proxy {
    /// Listens before the server on this port.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let way = watch::Sender::new(Way::Open);
        let (end, mut ended) = watch::channel(());
        tokio::spawn({
            let way = way.clone();
            async move {
                loop {
                    let accepted = tokio::select! {
                        accepted = listener.accept() => accepted,
                        _ = ended.changed() => return,
                    };
                    let Ok((client, _)) = accepted else { return };
                    let (way, mut ended) = (way.clone(), ended.clone());
                    tokio::spawn(async move {
                        let server = SocketAddr::from(([127, 0, 0, 1], server));
                        tokio::select! {
                            // A connection that breaks is what this is for.
                            _ = carry(client, server, &way) => {}
                            _ = ended.changed() => {}
                        }
                    });
                }
            }
        });
        Self { port, way, _end: end }
    }

    /// The address with this proxy in the place of the server.
    pub fn before_address(&self, address: &str, server: u16) -> String {
        address.replace(&format!(":{server}/"), &format!(":{}/", self.port))
    }

    /// From now on the way is like this.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// How the way is; a cut that was made leaves it open.
    pub fn way(&self) -> Way {
        *self.way.borrow()
    }
}

async fn carry(client: TcpStream, server: SocketAddr, way: &watch::Sender<Way>) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    let mut signs = way.subscribe();
    loop {
        if signs.wait_for(|way| *way != Way::Blocked).await.is_err() {
            return Ok(());
        }
        tokio::select! {
            read = from_client.read(&mut up) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                let is_commit = up[..read].windows(6).any(|word| word == b"COMMIT");
                match if is_commit { cut(way) } else { None } {
                    Some(Way::CutBeforeCommit) => return Ok(()),
                    Some(_) => {
                        to_server.write_all(&up[..read]).await?;
                        return from_server.read(&mut down).await.map(drop);
                    }
                    None => to_server.write_all(&up[..read]).await?,
                }
            }
            read = from_server.read(&mut down) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                // What came while the way was being blocked waits with all else.
                let _ = signs.wait_for(|way| *way != Way::Blocked).await;
                to_client.write_all(&down[..read]).await?;
            }
            _ = signs.changed() => {}
        }
    }
}

/// The cut that was ordered, if this is the first to make it.
fn cut(way: &watch::Sender<Way>) -> Option<Way> {
    let mut ordered = None;
    way.send_if_modified(|way| {
        let is_cut = matches!(way, Way::CutBeforeCommit | Way::CutAfterCommit);
        if is_cut {
            ordered = Some(std::mem::replace(way, Way::Open));
        }
        is_cut
    });
    ordered
}
