//! `sealwatch findings`: the list.

use std::cmp::Reverse;

use sealwatch_rules::ledger::State;
use sealwatch_rules::output::ledger::document;
use sealwatch_rules::settings::{MessageFormat, Settings};
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::time::written;
use sealwatch_runtime::ledger::Table;
use serde_json::Value;

use crate::cli::{FindingsFormat, ListArgs};
use crate::commands::findings::item::Item;
use crate::commands::findings::{read, text};
use crate::commands::now;
use crate::commands::select::selects_rule;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::output::Output;
use crate::report::html::{self, Head};
use crate::report::json_lines;
use crate::settings_file;

/// Prints the findings that the options select.
pub(super) fn run(args: &ListArgs) -> Result<ExitStatus, CliError> {
    let language = settings_file::language(args.language)?;
    let entries = read(&args.table, async |table: &Table| table.all(!args.all).await)?;
    let mut items: Vec<Item> = entries.into_iter().map(Item::new).filter(|item| selects(args, item)).collect();
    sort(&mut items);
    let mut output = Output::new();
    match args.format {
        FindingsFormat::Text => output.write(text::list(&items, now(), language).as_str()),
        FindingsFormat::Json => print_lines(&mut output, &documents(&items, MessageFormat::Sealwatch)),
        FindingsFormat::Ocsf => print_lines(&mut output, &documents(&items, MessageFormat::Ocsf)),
        FindingsFormat::Html => {
            let mut documents = documents(&items, MessageFormat::Sealwatch);
            for (document, item) in documents.iter_mut().zip(&items) {
                if let Some(member) = language.member("detail") {
                    document[member] = item.detail(language).into();
                }
            }
            let shown: Vec<html::Item> = documents.iter().map(|one| html::Item::new(one, language)).collect();
            let (subject, time) = (args.table.name(), written(now()));
            let summary = text::counts(&items, language);
            let head = Head { command: "findings", subject, time, summary, language, ..Head::default() };
            output.write(&html::page(&head, &shown));
        }
    }
    output.finish()?;
    let open = items.iter().filter(|item| item.entry.state == State::Open).count();
    Ok(ExitStatus::new(0, open, args.exit_zero))
}

fn documents(items: &[Item], format: MessageFormat) -> Vec<Value> {
    let mut settings = Settings::default();
    settings.notify.format = format;
    items.iter().map(|item| document(&item.entry, &settings)).collect()
}

fn print_lines(output: &mut Output, documents: &[Value]) {
    documents.iter().for_each(|document| output.write(&json_lines::line(document)));
}

fn selects(args: &ListArgs, item: &Item) -> bool {
    let subject = &item.entry.subject;
    let names = |wanted: &[String], name: &String| wanted.is_empty() || wanted.contains(name);
    item.is_finding()
        && (args.all || !item.is_resolved())
        && args.since.is_none_or(|since| item.changed_at().is_none_or(|changed_at| changed_at >= since))
        && args.min_severity.is_none_or(|minimum| item.entry.severity >= Severity::from(minimum))
        && names(&args.account, &subject.account)
        && names(&args.region, &subject.region)
        && selects_rule(&args.rule, &subject.rule)
}

/// What is open comes first; then the most severe, then the oldest.
fn sort(items: &mut [Item]) {
    items.sort_by(|a, b| {
        let key = |item: &Item| (item.is_resolved(), Reverse(item.entry.severity));
        let rest = |item: &'_ Item| (item.since().map(str::to_owned), item.entry.subject.fingerprint.clone());
        key(a).cmp(&key(b)).then_with(|| rest(a).cmp(&rest(b)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use crate::commands::findings::testing::{START, ended, later, right, stream, unverified};
    use clap::Parser;
    use sealwatch_rules::ledger::Reason;
    use sealwatch_rules::util::time::DAY;

    fn names(items: &[Item]) -> Vec<&str> {
        items.iter().map(|item| item.entry.subject.resource.rsplit('/').next().unwrap()).collect()
    }

    fn items() -> Vec<Item> {
        [
            ended("fixed", Reason::Fixed, "StartStreamEncryption"),
            right("right"),
            later("new", Severity::High, 60),
            stream("old"),
            later("worst", Severity::Critical, DAY + 60),
            unverified("unknown"),
            later("least", Severity::Low, 60),
        ]
        .map(Item::new)
        .into()
    }

    #[test]
    fn the_most_severe_comes_first_then_the_oldest() {
        let mut items = items();
        items.retain(Item::is_finding);
        sort(&mut items);
        assert_eq!(names(&items), ["worst", "old", "new", "unknown", "least", "fixed"]);
    }

    #[test]
    fn options_select() {
        let since = |after| format!("--since={}", written(START + after));
        for (options, want) in [
            (vec![], "new old worst unknown least"),
            (vec!["--all".to_owned()], "fixed new old worst unknown least"),
            (vec!["--min-severity=high".to_owned()], "new old worst unknown"),
            (vec!["--severity=critical".to_owned()], "worst"),
            (vec![since(1)], "new worst unknown least"),
            (vec!["--all".to_owned(), since(DAY)], "fixed worst"),
            (vec!["--account=111122223333".to_owned()], "new old worst unknown least"),
            (vec!["--account=444455556666".to_owned()], ""),
            (vec!["--region=eu-west-1".to_owned(), "--region=us-east-1".to_owned()], "new old worst unknown least"),
            (vec!["--region=us-east-1".to_owned()], ""),
            (vec!["--rule=kinesis-stream-unencrypted".to_owned()], "new old worst unknown least"),
            (vec!["--rule=kms-key-policy-public".to_owned()], ""),
        ] {
            let arguments = ["sealwatch", "findings"].map(str::to_owned).into_iter().chain(options.clone());
            let Command::Findings(args) = Cli::try_parse_from(arguments).unwrap().command else { unreachable!() };
            let selected: Vec<Item> = items().into_iter().filter(|item| selects(&args.list, item)).collect();
            assert_eq!(names(&selected).join(" "), want, "{options:?}");
        }
    }

    /// A message about a storm names this command, and some of its findings may have been open before.
    #[test]
    fn what_is_reported_again_is_recent() {
        let mut item = Item::new(stream("old"));
        assert_eq!(item.changed_at(), Some(START));
        item.entry.told.as_mut().unwrap().at = written(START + DAY);
        assert_eq!(item.changed_at(), Some(START + DAY));
    }

    #[test]
    fn documents_have_the_format_and_the_state() {
        let items = [stream("open"), ended("fixed", Reason::Fixed, "StartStreamEncryption")].map(Item::new);
        let states: Vec<Value> =
            documents(&items, MessageFormat::Sealwatch).iter().map(|one| one["state"].clone()).collect();
        assert_eq!(states, ["open", "resolved"]);
        let activities: Vec<Value> =
            documents(&items, MessageFormat::Ocsf).iter().map(|one| one["activity_id"].clone()).collect();
        assert_eq!(activities, [1, 3]);
    }
}
