//! axum's WebSockets, with a broadcast channel and two tasks for a connection,
//! as in its chat example.

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::any;
use axum::serve::ListenerExt as _;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

type Room = broadcast::Sender<Message>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind(peers::address()).await?;
    peers::announce(listener.local_addr()?);
    let (room, _) = broadcast::channel(1024);
    let upgrade = |upgrade: WebSocketUpgrade, State(room): State<Room>| async move {
        upgrade.on_upgrade(|socket| serve(socket, room))
    };
    let app = Router::new().route("/", any(upgrade)).with_state(room);
    let listener = listener.tap_io(|tcp| {
        tcp.set_nodelay(true).ok();
    });
    Ok(axum::serve(listener, app).await?)
}

async fn serve(socket: WebSocket, room: Room) {
    let (mut sink, mut stream) = socket.split();
    let mut said = room.subscribe();
    let mut send = tokio::spawn(async move {
        while let Ok(message) = said.recv().await {
            if sink.send(message).await.is_err() {
                break;
            }
        }
    });
    let mut receive = tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            if matches!(message, Message::Text(_) | Message::Binary(_)) {
                // Nobody else is there only when all have left.
                let _ = room.send(message);
            }
        }
    });
    tokio::select! {
        _ = &mut send => receive.abort(),
        _ = &mut receive => send.abort(),
    }
}
