use std::rc::Rc;
use zokio_core::sync::Mutex;

static SHARED: Mutex<Option<Rc<u8>>> = Mutex::new(None);

fn main() {}
