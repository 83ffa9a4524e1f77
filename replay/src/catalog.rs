//! `sealwatch rules` and `sealwatch explain`.

use std::io::Write;

use sealwatch_rules::detector::DETECTORS;
use sealwatch_rules::rule::Rule;
use sealwatch_rules::rules::{RULES, find};
use sealwatch_rules::settings::Settings;
use serde_json::{Value, json};

use crate::cli::{self, Explain, Plain, Problem, Rules};

/// Lists the rules, or the exceptions of the settings.
pub(crate) fn rules(options: &Rules) -> Result<u8, Problem> {
    let settings = cli::settings(options.settings.as_deref())?;
    let mut out = anstream::stdout().lock();
    if options.exceptions {
        return exceptions(&mut out, &settings, options.format);
    }
    for rule in RULES {
        let severity = settings.rules.get(rule.id).and_then(|set| set.severity).unwrap_or(rule.severity);
        let state = if settings.enabled(rule.id) { severity.name() } else { "off" };
        match options.format {
            Plain::Text => writeln!(out, "{:<42} {state:<9} {}", rule.id, rule.title)?,
            Plain::Json => writeln!(out, "{}", document(rule))?,
        }
    }
    Ok(0)
}

fn exceptions(out: &mut impl Write, settings: &Settings, format: Plain) -> Result<u8, Problem> {
    for exception in &settings.exceptions {
        let until = exception.until.as_deref();
        match format {
            Plain::Text => {
                let until = until.map_or("without end".to_owned(), |until| format!("until {until}"));
                writeln!(
                    out,
                    "{:<42} {:<16} {}\n{:>42} {}",
                    exception.rule, until, exception.resource, "", exception.reason
                )?;
            }
            Plain::Json => {
                writeln!(
                    out,
                    "{}",
                    json!({"rule": exception.rule, "resource": exception.resource, "until": until, "reason": exception.reason})
                )?;
            }
        }
    }
    Ok(0)
}

/// Explains one rule.
pub(crate) fn explain(options: &Explain) -> Result<u8, Problem> {
    let mut out = anstream::stdout().lock();
    let Some(rule) = find(options.rule) else { return Ok(crate::UNREADABLE) };
    match options.format {
        Plain::Text => {
            writeln!(out, "{}: {}\nSeverity: {}", rule.id, rule.title, rule.severity.name())?;
            let calls: Vec<String> =
                watched(rule).into_iter().map(|(source, name)| format!("{source} {name}")).collect();
            let controls = if rule.controls.is_empty() { "none".to_owned() } else { rule.controls.join(", ") };
            writeln!(out, "Calls: {}\nControls: {controls}\n", calls.join(", "))?;
            writeln!(out, "{}", rule.doc())?;
        }
        Plain::Json => writeln!(out, "{}", document(rule))?,
    }
    Ok(0)
}

/// The calls that a rule's detector hears of.
fn watched(rule: &Rule) -> Vec<(&'static str, &'static str)> {
    let detectors = DETECTORS.iter().filter(|detector| detector.rules.iter().any(|owned| owned.id == rule.id));
    detectors.flat_map(|detector| detector.events.iter().map(|call| (detector.event_source, call.name))).collect()
}

fn document(rule: &Rule) -> Value {
    let events: Vec<Value> =
        watched(rule).into_iter().map(|(source, name)| json!({"source": source, "name": name})).collect();
    json!({
        "id": rule.id, "title": rule.title, "severity": rule.severity.name(), "controls": rule.controls,
        "events": events, "references": rule.references(), "doc": rule.doc(),
    })
}
