//! tokio-tungstenite, with a broadcast channel.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind(peers::address()).await?;
    peers::announce(listener.local_addr()?);
    let (room, _) = broadcast::channel(1024);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream, room.clone()));
    }
}

async fn serve(stream: TcpStream, room: broadcast::Sender<Message>) -> anyhow::Result<()> {
    let (mut sink, mut stream) = tokio_tungstenite::accept_async(stream).await?.split();
    let mut said = room.subscribe();
    loop {
        tokio::select! {
            message = said.recv() => sink.send(message?).await?,
            message = stream.next() => match message {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                    room.send(message)?;
                }
                Some(Ok(_)) => {}
                _ => return Ok(()),
            },
        }
    }
}
