//! What `#[task]` turns an `async fn` into.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Error, Expr, ExprLit, FnArg, Ident, ItemFn, Lit, Pat, Path, ReturnType, Token, Type, parse_quote};

/// What stands in the attribute's parentheses.
struct Options {
    pool: Expr,
    name: Option<Expr>,
    priority: Option<Expr>,
    deadline: Option<Expr>,
    core: Path,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self {
            pool: parse_quote!(1),
            name: None,
            priority: None,
            deadline: None,
            core: parse_quote!(::zokio_core),
        };
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                options.core = Path::parse_mod_style(input)?;
            } else {
                let name: Ident = input.parse()?;
                let (pool, priority, deadline) = (name == "pool", name == "priority", name == "deadline");
                if !(pool || priority || deadline || name == "name") {
                    return Err(Error::new(
                        name.span(),
                        "unknown option; a task knows `pool = N`, `name = \"text\"`, `priority = 0 to 15`, \
                         `deadline = Duration` and `crate = path`",
                    ));
                }
                input.parse::<Token![=]>()?;
                let value = input.parse()?;
                match (pool, priority, deadline) {
                    (true, ..) => options.pool = value,
                    (_, true, _) => options.priority = Some(in_range(value)?),
                    (.., true) => options.deadline = Some(value),
                    _ => options.name = Some(value),
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

/// Refuses a priority that is written out and too big, where it is written; others are checked as constants.
fn in_range(priority: Expr) -> syn::Result<Expr> {
    if let Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) = &priority
        && number.base10_parse::<u8>().map_or(true, |number| number > 15)
    {
        return Err(Error::new_spanned(number, "a task's priority is 0 (ordinary) to 15 (most urgent)"));
    }
    Ok(priority)
}

/// The function that makes tasks, with the original inside.
pub fn expand(arguments: TokenStream, function: TokenStream) -> syn::Result<TokenStream> {
    let Options { pool, name: title, priority, deadline, core } = Options::parse.parse2(arguments)?;
    let mut inner: ItemFn = syn::parse2(function)?;
    check(&inner)?;

    let (outer_attributes, inner_attributes): (Vec<_>, Vec<_>) =
        std::mem::take(&mut inner.attrs).into_iter().partition(|attribute| {
            ["doc", "cfg", "allow", "expect", "deprecated", "must_use"]
                .iter()
                .any(|name| attribute.path().is_ident(name))
        });
    inner.attrs = inner_attributes;
    let visibility = std::mem::replace(&mut inner.vis, syn::Visibility::Inherited);
    let name = inner.sig.ident.clone();
    let text = name.to_string();
    let title = title.unwrap_or_else(|| parse_quote!(#text));
    let own = deadline.as_ref().and_then(|deadline| argument_named(&inner, deadline));
    let (priority, deadline) = (priority.into_iter(), deadline.into_iter().filter(|_| own.is_none()));
    let output: Type = match &inner.sig.output {
        ReturnType::Default => parse_quote!(()),
        // `!` cannot be a type argument yet; what has it coerces to `Infallible`, which can.
        ReturnType::Type(_, output) if matches!(**output, Type::Never(_)) => parse_quote!(::core::convert::Infallible),
        ReturnType::Type(_, output) => (**output).clone(),
    };
    let stored = store_arguments_once(&mut inner, &output, own.as_ref().map(|own| (&core, own)));
    if let (Some(own), false) = (&own, stored) {
        return Err(Error::new_spanned(own, "where an argument is the deadline, none is taken apart by a pattern"));
    }
    // SAFETY, of the block: with an argument that is the deadline the stored future is a `Due` ("in front").
    let front = own.iter().map(|_| quote!(let name = unsafe { name.deadline_in_front() };));
    let function = format_ident!("__task_{name}");
    inner.sig.ident = function.clone();
    let types = inner.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&typed.ty),
        FnArg::Receiver(_) => None,
    });
    let (arguments, inputs): (Vec<Ident>, Vec<TokenStream>) = types
        .enumerate()
        .map(|(index, ty)| {
            let argument = format_ident!("argument{index}");
            (argument.clone(), quote!(#argument: #ty))
        })
        .unzip();
    let holes = arguments.iter().map(|_| quote!(_)).collect::<Vec<_>>();

    Ok(quote! {
        #(#outer_attributes)*
        #visibility fn #name(#(#inputs),*) -> impl #core::task::Spawn<Handle = #core::task::JoinHandle<#output>> {
            #inner
            const __SLOTS: usize = #pool;
            static __POOL: #core::task::raw::PoolBytes<
                { #core::task::raw::pool_size::<_, (#(#holes,)*), __SLOTS>(#function) },
                { #core::task::raw::pool_align::<_, (#(#holes,)*)>(#function) },
            > = #core::task::raw::PoolBytes::new();
            const __NAME: #core::task::raw::Label = {
                let name = #core::task::raw::Label::new(#title) #(.priority(#priority))* #(.deadline(#deadline))*;
                // SAFETY: "in front": the function returns a `Due`.
                #(#front)*
                name
            };
            static __VTABLE: #core::task::raw::Vtable =
                #core::task::raw::vtable::<_, (#(#holes,)*)>(#function, __NAME);
            static __ENDING: #core::task::raw::Ending =
                #core::task::raw::ending::<_, (#(#holes,)*)>(#function, __NAME);
            // SAFETY: one function item for this static: the one above.
            unsafe { __POOL.get::<_, (#(#holes,)*), __SLOTS>(#function) }
                .task(&__VTABLE, &__ENDING, move || #function(#(#arguments),*))
        }
    })
}

/// Makes the function one that returns an `async` block.
///
/// An `async fn` keeps every argument twice, as it was passed and as the variable that the body sees. A block keeps what
/// it captures once. All arguments are captured, used or not, so that they are dropped when the future is.
/// Where an argument is taken apart by a pattern the function stays as it is, and this says `false`. `due` is the core and the
/// argument that is the deadline, if one is.
fn store_arguments_once(function: &mut ItemFn, output: &Type, due: Option<(&Path, &Ident)>) -> bool {
    let names = function.sig.inputs.iter().map(|input| match input {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(name.ident.clone()),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    let Some(names) = names.collect::<Option<Vec<Ident>>>() else {
        function.sig.output = parse_quote!(-> #output);
        return false;
    };
    let body = &function.block;
    let block: Expr = parse_quote!(async move {
        #(let _ = &#names;)*
        #body
    });
    (function.block, function.sig.output) = match due {
        None => (parse_quote!({ #block }), parse_quote!(-> impl ::core::future::Future<Output = #output>)),
        Some((core, within)) => (
            parse_quote!({ #core::task::raw::Due::new(#within, #block) }),
            parse_quote!(-> #core::task::raw::Due<impl ::core::future::Future<Output = #output>>),
        ),
    };
    function.sig.asyncness = None;
    true
}

/// The argument that `deadline` names, if it is one.
fn argument_named(function: &ItemFn, deadline: &Expr) -> Option<Ident> {
    let Expr::Path(path) = deadline else { return None };
    let name = path.path.get_ident()?;
    let is_it = |input: &FnArg| match input {
        FnArg::Typed(typed) => matches!(&*typed.pat, Pat::Ident(argument) if argument.ident == *name),
        FnArg::Receiver(_) => false,
    };
    function.sig.inputs.iter().any(is_it).then(|| name.clone())
}

/// Refuses what no static slot can be made for, in the user's words rather than the compiler's.
fn check(function: &ItemFn) -> syn::Result<()> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new_spanned(signature.fn_token, "a task is an `async fn`"));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &signature.generics,
            "a task is not generic: its slots are a static of one exact size; spawn the generic future onto a `TaskArena`, \
             or call it from a task of a concrete type",
        ));
    }
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                return Err(Error::new_spanned(receiver, "a task has no `self`: it outlives its caller"));
            }
            FnArg::Typed(typed) if has_impl(quote!(#typed)) => {
                return Err(Error::new_spanned(
                    &typed.ty,
                    "a task takes no `impl Trait`: its slots are a static of one exact size; name the type",
                ));
            }
            FnArg::Typed(typed) => {
                if let Type::Reference(reference) = &*typed.ty
                    && reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static")
                {
                    return Err(Error::new_spanned(
                        reference,
                        "a task outlives its caller: take the value itself, or a `&'static` reference",
                    ));
                }
            }
        }
    }
    if signature.inputs.len() > 16 {
        return Err(Error::new_spanned(&signature.inputs, "a task takes at most 16 arguments; put them into a struct"));
    }
    Ok(())
}

fn has_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_impl(group.stream()),
        TokenTree::Ident(ident) => ident == "impl",
        _ => false,
    })
}
