//! What `#[task]` turns an `async fn` into.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Error, Expr, FnArg, Ident, ItemFn, Path, Token, parse_quote};

/// What stands in the attribute's parentheses.
struct Options {
    pool: Expr,
    core: Path,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self { pool: parse_quote!(1), core: parse_quote!(::zokio_core) };
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                options.core = Path::parse_mod_style(input)?;
            } else {
                let name: Ident = input.parse()?;
                if name != "pool" {
                    return Err(Error::new(name.span(), "unknown option; a task knows `pool = N` and `crate = path`"));
                }
                input.parse::<Token![=]>()?;
                options.pool = input.parse()?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

/// The function that makes tasks, with the original inside.
pub fn expand(arguments: TokenStream, function: TokenStream) -> syn::Result<TokenStream> {
    let Options { pool, core } = Options::parse.parse2(arguments)?;
    let mut inner: ItemFn = syn::parse2(function)?;
    check(&inner)?;

    let (attributes, visibility) = (std::mem::take(&mut inner.attrs), inner.vis.clone());
    let (docs, inner_attributes): (Vec<_>, Vec<_>) =
        attributes.into_iter().partition(|attribute| attribute.path().is_ident("doc") || attribute.path().is_ident("cfg"));
    let name = inner.sig.ident.clone();
    let text = name.to_string();
    let output = match &inner.sig.output {
        syn::ReturnType::Default => quote!(()),
        syn::ReturnType::Type(_, output) => quote!(#output),
    };
    let mut outer_inputs = Vec::new();
    let mut names = Vec::new();
    for (index, input) in inner.sig.inputs.iter().enumerate() {
        let FnArg::Typed(typed) = input else { continue };
        let (argument, ty) = (format_ident!("argument{index}"), &typed.ty);
        outer_inputs.push(quote!(#argument: #ty));
        names.push(argument);
    }
    inner.attrs = inner_attributes;
    inner.vis = syn::Visibility::Inherited;
    let function = format_ident!("__zokio_{name}");
    inner.sig.ident = function.clone();
    let holes = names.iter().map(|_| quote!(_)).collect::<Vec<_>>();

    Ok(quote! {
        #(#docs)*
        #visibility fn #name(#(#outer_inputs),*) -> #core::task::PoolTask<
            impl ::core::future::Future<Output = #output> + 'static,
            impl ::core::ops::FnOnce() -> _ZOKIO_FUTURE_
        > {
            #inner
        }
    }
    .to_string()
    .is_empty()
    .then(TokenStream::new)
    .unwrap_or_else(|| {
        quote! {
            #(#docs)*
            #visibility fn #name(#(#outer_inputs),*)
                -> impl #core::task::Spawn<Handle = #core::task::JoinHandle<#output>> + __SEND__
            {
                #inner
                const __POOL_SLOTS: usize = #pool;
                static __POOL: #core::task::raw::PoolBytes<
                    { #core::task::raw::pool_size::<_, (#(#holes,)*), __POOL_SLOTS>(#function) },
                    { #core::task::raw::pool_align::<_, (#(#holes,)*)>(#function) },
                > = #core::task::raw::PoolBytes::new();
                let _ = #text;
            }
        }
    }))
}

fn check(_: &ItemFn) -> syn::Result<()> {
    Ok(())
}
