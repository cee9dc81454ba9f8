//! What `#[main]` and `#[test]` turn an `async fn` into.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, ItemFn, Path, Token, Type, parse_quote};

/// What stands in the attribute's parentheses: calls of the builder's methods, and where the builder is.
struct Options {
    calls: Vec<TokenStream>,
    runtime: Path,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self { calls: Vec::new(), runtime: parse_quote!(::zokio_std) };
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                options.runtime = Path::parse_mod_style(input)?;
            } else {
                let method: Ident = input.parse()?;
                input.parse::<Token![=]>()?;
                options.calls.push(if method == "strategy" {
                    let strategy: Type = input.parse()?;
                    quote!(.#method::<#strategy>())
                } else {
                    let argument: Expr = input.parse()?;
                    quote_spanned!(method.span()=> .#method(#argument))
                });
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

pub(crate) fn expand(options: TokenStream, function: TokenStream, test: bool) -> syn::Result<TokenStream> {
    let Options { calls, runtime } = syn::parse2(options)?;
    let ItemFn { attrs, vis, mut sig, block, .. } = syn::parse2(function)?;
    check(&mut sig)?;
    let attribute = test.then(|| quote!(#[::core::prelude::v1::test]));
    let output = match &sig.output {
        syn::ReturnType::Default => quote!(()),
        syn::ReturnType::Type(_, output) => quote!(#output),
    };
    Ok(quote! {
        #attribute
        #(#attrs)*
        #vis #sig {
            let body = async move #block;
            match #runtime::Runtime::builder()#(#calls)*.build() {
                ::core::result::Result::Ok(runtime) => {
                    let output: #output = runtime.block_on(body);
                    output
                }
                ::core::result::Result::Err(error) => ::core::panic!("cannot make a runtime: {error}"),
            }
        }
    })
}

/// `#[zokio_wasi::main]`: one runtime is there already, so there is nothing to build.
pub(crate) fn expand_wasi(options: TokenStream, function: TokenStream) -> syn::Result<TokenStream> {
    if !options.is_empty() {
        return Err(Error::new_spanned(options, "a WASI program has one runtime, without options; take them out"));
    }
    let ItemFn { attrs, vis, mut sig, block, .. } = syn::parse2(function)?;
    check(&mut sig)?;
    let output = match &sig.output {
        syn::ReturnType::Default => quote!(()),
        syn::ReturnType::Type(_, output) => quote!(#output),
    };
    Ok(quote! {
        #(#attrs)*
        #vis #sig {
            let body = async move #block;
            match ::zokio_wasi::block_on(body) {
                ::core::result::Result::Ok(output) => {
                    let output: #output = output;
                    output
                }
                ::core::result::Result::Err(error) => ::core::panic!("{error}"),
            }
        }
    })
}

/// Makes the function one that is not async, if it is one that can be run.
fn check(sig: &mut syn::Signature) -> syn::Result<()> {
    if sig.asyncness.take().is_none() {
        return Err(Error::new_spanned(sig.fn_token, "the function is not async; without `async` it needs no runtime"));
    }
    if !sig.inputs.is_empty() || !sig.generics.params.is_empty() {
        return Err(Error::new_spanned(&sig, "nobody gives the function arguments; take them out"));
    }
    Ok(())
}
