//! Who is in a channel, told to those who are in it themselves.

use protocol::centrifuge::{Answer, Json, Presence, PresenceStats};

use super::{CentrifugeSession, Done, Effect, Node};

impl CentrifugeSession {
    pub(super) fn presence(
        &self,
        id: u32,
        channel: &str,
        node: &Node,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let channel = self.subscribed_channel(channel, node)?;
        let clients = channel.presence();
        let shown = clients
            .iter()
            .map(|(client, info)| (client.to_string().into(), Json::trusted(info)));
        let presence = Presence {
            presence: shown.collect(),
        };
        self.reply(id, Ok(Answer::Presence(presence)), effects);
        Ok(None)
    }

    pub(super) fn presence_stats(&self, channel: &str, node: &Node) -> Done {
        let channel = self.subscribed_channel(channel, node)?;
        let (n_clients, n_users) = channel.n_present();
        Ok(Some(Answer::PresenceStats(PresenceStats {
            num_clients: n_clients as u32,
            num_users: n_users as u32,
        })))
    }
}
