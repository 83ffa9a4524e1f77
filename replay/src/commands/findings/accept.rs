//! `sealwatch findings accept`: the exception that accepts a finding.

use sealwatch_rules::ledger::{Entry, State};
use sealwatch_rules::rules::RULE_IDS;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::util::text::toml;
use sealwatch_rules::util::time::{DAY, Seconds, date};

use crate::cli::AcceptArgs;
use crate::commands::findings::find;
use crate::commands::now;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::messages;
use crate::output::Output;

/// Prints the exception, and where to put it.
pub(super) fn run(args: &AcceptArgs) -> Result<ExitStatus, CliError> {
    let until = args.until.as_deref();
    is_to_come(until, now()).map_err(CliError::Findings)?;
    let entry = find(&args.table, &args.fingerprint)?;
    let exception = exception(&entry, &args.reason, until).map_err(CliError::Findings)?;
    let mut output = Output::new();
    output.write(&exception);
    output.finish()?;
    messages::print(
        "nothing is changed yet: add this to the settings of the stack (its parameter `Settings`, `SettingsParameter` or \
         `SettingsObject` says where they are) and to the `sealwatch.toml` of the command line; the next event or scan of \
         the resource then closes the finding",
    );
    if entry.state == State::Resolved {
        messages::print("the finding is resolved: the exception accepts what is found later");
    }
    if until.is_none() {
        messages::print("it has no end: add `--until YYYY-MM-DD` to look at it again");
    }
    Ok(ExitStatus::Clean)
}

/// An exception that is over already would accept nothing.
fn is_to_come(until: Option<&str>, now: Seconds) -> Result<(), String> {
    let Some(until) = until else { return Ok(()) };
    match date(until).is_some_and(|last_day| now < last_day + DAY) {
        true => Ok(()),
        false => Err(format!("--until: {until} is over: write a day to come")),
    }
}

/// The exception in TOML, with a line end. It accepts what the entry is about, and nothing else if that is possible.
///
/// # Errors
/// Says why the settings would not accept it.
fn exception(entry: &Entry, reason: &str, until: Option<&str>) -> Result<String, String> {
    let (rule, resource) = (&entry.subject.rule, &entry.subject.resource);
    // a pattern has no way to write a `*`: `?` accepts one character in its place, and not a whole tree of names
    let pattern = resource.replace('*', "?");
    let mut text = format!("[[exceptions]]\nrule = {}\nresource = {}\n", toml(rule), toml(&pattern));
    if let Some(until) = until {
        text += &format!("until = {until}\n");
    }
    text += &format!("reason = {}\n", toml(reason));
    let settings = Settings::parse(&text, &RULE_IDS).map_err(|problem| {
        format!(
            "this version would not accept the exception, so `sealwatch` is older than the stack: update it; {problem}"
        )
    })?;
    let covers = settings.exceptions.iter().any(|exception| exception.covers(rule, resource));
    covers.then_some(text).ok_or_else(|| format!("no exception can name the resource `{resource}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::findings::testing::stream;
    use proptest::prelude::*;

    #[test]
    fn an_exception_covers_its_entry_and_nothing_else() {
        let entry = stream("orders");
        let text = exception(&entry, "sandbox \"data\" only", Some("2027-03-31")).unwrap();
        insta::assert_snapshot!(text, @r#"
        [[exceptions]]
        rule = "kinesis-stream-unencrypted"
        resource = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders"
        until = 2027-03-31
        reason = "sandbox \"data\" only"
        "#);
        let settings = Settings::parse(&text, &RULE_IDS).unwrap();
        let [accepted] = settings.exceptions.as_slice() else { panic!("{settings:?}") };
        assert!(accepted.covers(&entry.subject.rule, &entry.subject.resource));
        assert!(!accepted.covers(&entry.subject.rule, &format!("{}2", entry.subject.resource)));
        assert!(!accepted.covers("kinesis-stream-without-customer-key", &entry.subject.resource));
    }

    #[test]
    fn a_star_in_a_name_accepts_one_character() {
        let entry = stream("*");
        let text = exception(&entry, "x", None).unwrap();
        let settings = Settings::parse(&text, &RULE_IDS).unwrap();
        let covers = |name: &str| settings.exceptions[0].covers(&entry.subject.rule, &stream(name).subject.resource);
        assert!(covers("*") && !covers("payments"), "{text}");
    }

    #[test]
    fn a_rule_of_a_newer_version_is_refused() {
        let mut entry = stream("orders");
        entry.subject.rule = "kinesis-stream-haunted".to_owned();
        insta::assert_snapshot!(exception(&entry, "x", None).unwrap_err().lines().next().unwrap(), @"this version would not accept the exception, so `sealwatch` is older than the stack: update it; line 2, column 8: unknown rule `kinesis-stream-haunted` in [[exceptions]]; `sealwatch rules` lists all rules");
    }

    #[test]
    fn an_end_is_in_the_future_or_today() {
        let today = date("2026-11-26").unwrap() + 3600;
        assert_eq!(is_to_come(None, today), Ok(()));
        assert_eq!(is_to_come(Some("2026-11-26"), today), Ok(()));
        assert!(is_to_come(Some("2026-11-25"), today).is_err());
    }

    proptest! {
        /// Whatever a resource is called and a reason says, the settings stay one exception that a terminal can show.
        #[test]
        fn hostile_text_stays_a_value(name in ".{0,20}", reason in "[^\\s].{0,20}") {
            let entry = stream(&name);
            let text = exception(&entry, &reason, None).unwrap();
            let settings = Settings::parse(&text, &RULE_IDS).unwrap();
            let [accepted] = settings.exceptions.as_slice() else { panic!("{text}") };
            prop_assert!(accepted.covers(&entry.subject.rule, &entry.subject.resource));
            prop_assert_eq!(&accepted.reason, &reason);
            prop_assert_eq!(sealwatch_rules::util::text::plain_lines(&text), text);
        }
    }
}
