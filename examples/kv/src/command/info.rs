//! INFO.

use super::{Call, Outcome, VERSION};
use crate::resp::window::Window;

/// What INFO tells, taken at one moment, so that a reply sent in pieces agrees with itself.
#[derive(Clone, Copy, Default)]
pub(crate) struct Snapshot {
    pub(crate) uptime: u64,
    pub(crate) clients: usize,
    pub(crate) most_clients: usize,
    pub(crate) keys: usize,
    pub(crate) volatile: usize,
    pub(crate) most_keys: usize,
    pub(crate) key_len: usize,
    pub(crate) value_len: usize,
    pub(crate) subscriptions: usize,
    pub(crate) connections: u32,
    pub(crate) commands: u64,
    pub(crate) expired: u32,
    pub(crate) dropped: u32,
}

impl Snapshot {
    fn write(&self, window: &mut Window<'_, '_>, wanted: impl Fn(&str) -> bool) {
        let mut first = true;
        let mut section = |window: &mut Window<'_, '_>, title: &str| {
            let wanted = wanted(title);
            if wanted {
                window.raw(if core::mem::take(&mut first) { b"# " } else { b"\r\n# " });
                window.raw(title.as_bytes());
                window.raw(b"\r\n");
            }
            wanted
        };
        if section(window, "Server") {
            field(window, "redis_version", VERSION);
            field(window, "server_name", b"zokio-kv");
            field(window, "redis_mode", b"standalone");
            number(window, "arch_bits", usize::BITS.into());
            number(window, "uptime_in_seconds", self.uptime);
        }
        if section(window, "Clients") {
            number(window, "connected_clients", self.clients as u64);
            number(window, "maxclients", self.most_clients as u64);
        }
        if section(window, "Memory") {
            let slot = self.key_len + self.value_len;
            number(window, "used_memory", (self.keys * slot) as u64);
            number(window, "maxmemory", (self.most_keys * slot) as u64);
            field(window, "maxmemory_policy", b"noeviction");
            number(window, "capacity_keys", self.most_keys as u64);
            number(window, "capacity_key_bytes", self.key_len as u64);
            number(window, "capacity_value_bytes", self.value_len as u64);
        }
        if section(window, "Stats") {
            number(window, "total_connections_received", self.connections.into());
            number(window, "total_commands_processed", self.commands);
            number(window, "expired_keys", self.expired.into());
            number(window, "pubsub_subscriptions", self.subscriptions as u64);
            number(window, "pubsub_dropped_messages", self.dropped.into());
        }
        if section(window, "Replication") {
            field(window, "role", b"master");
        }
        if section(window, "Keyspace") && self.keys > 0 {
            window.raw(b"db0:keys=");
            window.number(self.keys as u64);
            window.raw(b",expires=");
            window.number(self.volatile as u64);
            window.raw(b",avg_ttl=0\r\n");
        }
    }
}

/// `INFO [section ...]`
pub(crate) fn info<'c>(call: &mut Call<'c, '_>, now: impl FnOnce() -> Snapshot) -> Outcome<'c> {
    if call.from == 0 {
        call.caller.snapshot = now();
    }
    let (args, snapshot) = (call.args.clone(), call.caller.snapshot);
    let all = ["all", "default", "everything"];
    let wanted = |title: &str| {
        let is = |word: &[u8], name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        args.len() == 0 || args.clone().any(|word| is(word, title) || all.iter().any(|name| is(word, name)))
    };
    call.windowed(|window| {
        window.bulk_header(Window::measure(|window| snapshot.write(window, wanted)));
        snapshot.write(window, wanted);
        window.raw(b"\r\n");
    })
}

fn field(window: &mut Window<'_, '_>, name: &str, value: &[u8]) {
    window.raw(name.as_bytes());
    window.raw(b":");
    window.raw(value);
    window.raw(b"\r\n");
}

fn number(window: &mut Window<'_, '_>, name: &str, value: u64) {
    window.raw(name.as_bytes());
    window.raw(b":");
    window.number(value);
    window.raw(b"\r\n");
}
