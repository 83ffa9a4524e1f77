//! `sealwatch rules`: the list of rules, or the exceptions of the settings.

use sealwatch_rules::rules::rules;
use sealwatch_rules::settings::Settings;
use serde_json::json;

use crate::cli::{CatalogFormat, RulesArgs};
use crate::commands::rule_document::document;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::output::Output;
use crate::report::json_lines;
use crate::report::page::Page;
use crate::settings_file;

/// Prints the list.
pub(crate) fn run(args: &RulesArgs) -> Result<ExitStatus, CliError> {
    let settings = settings_file::load(args.settings.as_deref())?;
    let mut out = Output::new();
    match args.exceptions {
        true => write_exceptions(&mut out, &settings, args.format),
        false => write_rules(&mut out, &settings, args.format),
    }
    out.finish()?;
    Ok(ExitStatus::Clean)
}

fn write_rules(out: &mut Output, settings: &Settings, format: CatalogFormat) {
    for rule in rules() {
        let severity = settings.rules.get(rule.id).and_then(|set| set.severity).unwrap_or(rule.severity);
        let state = if settings.enabled(rule.id) { severity.name() } else { "off" };
        match format {
            CatalogFormat::Text => out.write(&format!("{:<42} {state:<9} {}\n", rule.id, rule.title)),
            CatalogFormat::Json => out.write(&format!("{}\n", document(rule))),
        }
    }
}

fn write_exceptions(out: &mut Output, settings: &Settings, format: CatalogFormat) {
    for exception in &settings.exceptions {
        let (rule, resource, reason) = (&exception.rule, &exception.resource, &exception.reason);
        let until = exception.until.as_deref();
        match format {
            CatalogFormat::Text => {
                let until = until.map_or("no end date".to_owned(), |until| format!("until {until}"));
                let mut page = Page::default();
                page.line(&format!("{rule:<42} {until:<16} {resource}")).line(&format!("{:>42} {reason}", ""));
                out.write(page.as_str());
            }
            CatalogFormat::Json => {
                out.write(&json_lines::line(
                    &json!({"rule": rule, "resource": resource, "until": until, "reason": reason}),
                ));
            }
        }
    }
}
