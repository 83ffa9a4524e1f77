//! Findings as one HTML page: it loads nothing, and without its script it only lacks filters and copy buttons.
//!
//! Findings that differ only in their resource share their detail, evidence and fix, so that a page stays small.

mod callers;
mod group;
mod head;
mod item;
mod label;
mod link;
mod markup;
mod overview;
mod script;
mod section;

use base64_simd::STANDARD;
use sealwatch_rules::text;
use sealwatch_rules::util::text::plain;
use sha2::{Digest, Sha256};

use crate::report::html::callers::Callers;
use crate::report::html::group::Group;
use crate::report::html::link::Direct;
use crate::report::html::markup::escaped;

pub(crate) use crate::report::html::head::Head;
pub(crate) use crate::report::html::item::Item;

const STYLE: &str = include_str!("style.css");

/// So many findings have links of their own. On a page with more, those have that come first, as long as the page stays
/// below this size in bytes; the script completes the links of the others from what they have in common.
const FEW: usize = 300;
const LIMIT: usize = 290_000;

/// A page about these findings: the most severe first, otherwise in their order.
pub(crate) fn page(head: &Head, items: &[Item]) -> String {
    let (language, groups) = (head.language, Group::all(items));
    let script = script::script(language);
    let footer = text!(
        "Sealwatch {version}, {command} at {time}",
        version = env!("CARGO_PKG_VERSION"),
        command = head.command,
        time = &head.time
    );
    let callers = Callers::of(items);
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source_hash(STYLE),
        source_hash(&script)
    );
    let page = |sections: &str| {
        format!(
            "<!doctype html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}: {subject}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         {overview}<main>\n{sections}</main>\n{callers}\
         <footer>{footer}</footer>\n<script>{script}</script>\n</body>\n</html>\n",
            code = language.code(),
            title = head.title(),
            subject = escaped(&plain(&head.subject)),
            overview = overview::overview(head, items, &groups),
            callers = callers.table(language),
            footer = escaped(&footer.in_language(language)),
        )
    };
    let page_with = |room: usize| page(&section::all(&groups, &callers, &mut Direct::new(language, room)));
    match items.len() {
        ..=FEW => page_with(usize::MAX),
        _ => page_with(LIMIT.saturating_sub(page_with(0).len())),
    }
}

/// How a policy names the only style and the only script that a browser may use.
///
/// <https://www.w3.org/TR/CSP3/#framework-directive-source-list>
fn source_hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode_to_string(Sha256::digest(text)))
}

#[cfg(test)]
mod tests;
