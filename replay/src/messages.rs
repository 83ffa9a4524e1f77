//! Messages on standard error. Each is one line: text from outside cannot add another. None shows the query of a URL, or what
//! stands before its host.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use sealwatch_rules::util::text::{Printable, plain_lines};

use crate::error::CliError;
use crate::exit_status::ExitStatus;

/// Prints a message.
pub(crate) fn print(message: impl Display) {
    let message = Printable::from(without_credentials(&message.to_string()));
    // If standard error is full or closed, there is nobody left to tell. The exit status still says what happened.
    let _ = writeln!(anstream::stderr(), "sealwatch: {message}");
}

/// A number of things, in a message.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The text with URLs that have neither user info nor a query. People name a signed URL where a file is wanted, and whoever reads
/// the message, for example in the log of a pipeline, could use it.
fn without_credentials(text: &str) -> String {
    let mut rest = text;
    let mut shown = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once("://") {
        let (url, end) = after.split_at(after.find([' ', '\'', '"', '`', '\n']).unwrap_or(after.len()));
        shown.extend([before, "://"]);
        let (user_info, rest_of_url) = url.split_at(end_of_user_info(url));
        let (address, query) =
            rest_of_url.split_once('?').map_or((rest_of_url, None), |(address, query)| (address, Some(query)));
        shown.extend([if user_info.is_empty() { "" } else { "…@" }, address]);
        // a message puts a colon behind what it is about
        shown.push_str(query.map_or("", |query| if query.ends_with(':') { "?…:" } else { "?…" }));
        rest = end;
    }
    shown + rest
}

/// Where the user info of a URL without its scheme ends, after the `@`; 0 without user info. Some people do not encode a `/`, `?` or
/// `@` in a password. The `:` before such a password is not followed by a port.
fn end_of_user_info(url: &str) -> usize {
    let authority = url.split(['/', '?']).next().unwrap_or_default();
    let has_password =
        authority.split_once(':').is_some_and(|(_, port)| !port.bytes().all(|digit| digit.is_ascii_digit()));
    let within = if has_password { url } else { authority };
    within.rfind('@').map_or(0, |at| at + 1)
}

/// Prints what clap answers to a wrong command line, or to `--help`. It quotes arguments, and those may be names of files
/// that somebody else chose.
pub(crate) fn print_usage(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    let safe = plain_lines(&without_credentials(&text));
    let printed = if text == safe { error.print() } else { write!(anstream::stderr(), "{safe}") };
    match printed.and_then(|()| io::stdout().flush()) {
        // as above: without standard error, only the exit status is left
        Err(problem) if !error.use_stderr() && problem.kind() != io::ErrorKind::BrokenPipe => {
            print(CliError::Output(problem));
            ExitStatus::Unreadable.into()
        }
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_urls_are_left_out() {
        for (text, want) in [
            ("https://h/x.gz?X-Amz-Signature=s: no such file", "https://h/x.gz?…: no such file"),
            ("settings https://u:p@h/x: no such file", "settings https://…@h/x: no such file"),
            ("'https://h?a=b' for 's3://u@b/k?c'", "'https://h?…' for 's3://…@b/k?…'"),
            ("https://u:p/w?d@x@h:80/y: no such file", "https://…@h:80/y: no such file"),
            ("https://u:p@h/x?k=@a: no such file", "https://…@a: no such file"), // hides more than it has to
            ("http://h:80/x@y?z", "http://h:80/x@y?…"),
            ("https://u@h?x@y", "https://…@h?…"),
            ("see https://docs.aws.amazon.com/x@y", "see https://docs.aws.amazon.com/x@y"),
            ("a ? b, u@h, ://", "a ? b, u@h, ://"),
        ] {
            assert_eq!(without_credentials(text), want);
        }
    }
}
