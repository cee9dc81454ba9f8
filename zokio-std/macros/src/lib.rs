//! The `#[main]` and `#[test]` attributes of [`zokio-std`](https://docs.rs/zokio-std); use them from there.

mod entry;

use proc_macro::TokenStream;

/// Makes an `async fn main` the program's `main`: it is run by `block_on` of a runtime.
///
/// Options are the methods of the [builder](../zokio_std/struct.Builder.html), each with its argument:
/// `#[zokio_std::main(workers = 4, driver = DriverKind::Epoll)]`. `strategy` takes a type, `crate` the path of `zokio-std`
/// where it is not `::zokio_std`.
#[proc_macro_attribute]
pub fn main(options: TokenStream, function: TokenStream) -> TokenStream {
    entry::expand(options.into(), function.into(), false).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes an `async fn` a test, which is run by `block_on` of a runtime of its own; options as for `#[main]`.
///
/// With `virtual_time = true` nobody waits: when nothing else is left to be done, the clock jumps to the next deadline.
#[proc_macro_attribute]
pub fn test(options: TokenStream, function: TokenStream) -> TokenStream {
    entry::expand(options.into(), function.into(), true).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes an `async fn main` the `main` of a WASI module or component: it is run by `block_on` of `zokio-wasi`.
///
/// What can never go on, a deadlock, is a panic that says so. No options; use it as `#[zokio_wasi::main]`.
#[proc_macro_attribute]
pub fn wasi_main(options: TokenStream, function: TokenStream) -> TokenStream {
    entry::expand_wasi(options.into(), function.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
