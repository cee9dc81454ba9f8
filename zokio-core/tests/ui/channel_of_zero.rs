use zokio_core::sync::Channel;

static NOTHING: Channel<u8, 0> = Channel::new();

fn main() {}
