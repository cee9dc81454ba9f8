use zokio_core::config::Config;

struct Toaster;

const _: () = Config::new().validate_machine::<Toaster>();

fn main() {}
