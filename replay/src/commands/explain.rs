//! `sealwatch explain`: one rule in full.

use sealwatch_rules::engine::rule::Rule;
use sealwatch_rules::language::words::severity;
use sealwatch_rules::language::{Language, Text};
use sealwatch_rules::rules::{find_rule, japanese};
use sealwatch_rules::text;

use crate::cli::{CatalogFormat, ExplainArgs};
use crate::commands::rule_document::{document, monitored_calls};
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::messages;
use crate::output::Output;
use crate::settings_file;

/// Prints one rule.
pub(crate) fn run(args: &ExplainArgs) -> Result<ExitStatus, CliError> {
    // the command line accepts only ids of rules
    let Some(rule) = find_rule(args.rule) else { return Ok(ExitStatus::Unreadable) };
    let mut out = Output::new();
    out.write(&match args.format {
        CatalogFormat::Text => text(rule, language(args)),
        CatalogFormat::Json => format!("{}\n", document(rule)),
    });
    out.finish()?;
    Ok(ExitStatus::Clean)
}

/// The language of the option or of the settings. A mistake in the settings is no reason not to explain a rule.
fn language(args: &ExplainArgs) -> Language {
    settings_file::language(args.language).unwrap_or_else(|problem| {
        messages::print(format!("{problem}; the language of the settings is not known, so this is English"));
        Language::English
    })
}

fn text(rule: &Rule, language: Language) -> String {
    let calls: Vec<String> =
        monitored_calls(rule).into_iter().map(|(source, name)| format!("{source} {name}")).collect();
    let controls = if rule.controls.is_empty() {
        Text::literal("none")
    } else {
        rule.controls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ").into()
    };
    let head = [
        format!("{}: {}", rule.id, language.text(rule.title)).into(),
        text!("Severity: {severity}", severity = severity(rule.severity)),
        text!("Calls: {calls}", calls = calls.join(", ")),
        text!("Controls: {controls}", controls),
    ];
    let document = match language {
        Language::English => None,
        Language::Japanese => japanese::document(rule),
    };
    let head: String = head.iter().map(|line| format!("{}\n", line.in_language(language))).collect();
    format!("{head}\n{}\n", document.unwrap_or_else(|| rule.doc()))
}
