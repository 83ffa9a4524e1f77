//! `sealwatch explain`: one rule in full.

use sealwatch_rules::engine::rule::Rule;
use sealwatch_rules::rules::find_rule;

use crate::cli::{CatalogFormat, ExplainArgs};
use crate::commands::rule_document::{document, monitored_calls};
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::output::Output;

/// Prints one rule.
pub(crate) fn run(args: &ExplainArgs) -> Result<ExitStatus, CliError> {
    // the command line accepts only ids of rules
    let Some(rule) = find_rule(args.rule) else { return Ok(ExitStatus::Unreadable) };
    let mut out = Output::new();
    out.write(&match args.format {
        CatalogFormat::Text => text(rule),
        CatalogFormat::Json => format!("{}\n", document(rule)),
    });
    out.finish()?;
    Ok(ExitStatus::Clean)
}

fn text(rule: &Rule) -> String {
    let calls: Vec<String> =
        monitored_calls(rule).into_iter().map(|(source, name)| format!("{source} {name}")).collect();
    let controls = if rule.controls.is_empty() {
        "none".to_owned()
    } else {
        rule.controls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    format!(
        "{}: {}\nSeverity: {}\nCalls: {}\nControls: {controls}\n\n{}\n",
        rule.id,
        rule.title,
        rule.severity.name(),
        calls.join(", "),
        rule.doc()
    )
}
