//! The network between cell and plane, which a story can cut.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes bytes on for as long as it is whole.
pub(super) struct Wire {
    /// Where agents call.
    pub address: SocketAddr,
    plane: watch::Sender<Option<SocketAddr>>,
}

impl Wire {
    /// Laid, and cut.
    pub async fn lay() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let plane = watch::Sender::new(None);
        tokio::spawn(pass_on(listener, plane.subscribe()));
        Self { address, plane }
    }

    /// Leads to the plane from now on, or nowhere; whoever was connected is not any more.
    pub fn lead(&self, to: Option<SocketAddr>) {
        self.plane.send_replace(to);
    }
}

async fn pass_on(listener: TcpListener, plane: watch::Receiver<Option<SocketAddr>>) {
    // Ends with the runtime of the story.
    while let Ok((mut near, _)) = listener.accept().await {
        let to = *plane.borrow();
        let (Some(to), mut plane) = (to, plane.clone()) else { continue };
        tokio::spawn(async move {
            let Ok(mut far) = TcpStream::connect(to).await else { return };
            tokio::select! {
                // What breaks off is seen at both ends.
                _ = copy_bidirectional(&mut near, &mut far) => {}
                _ = plane.wait_for(|now| *now != Some(to)) => {}
            }
        });
    }
}
