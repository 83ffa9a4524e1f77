//! The report: text for people, one JSON document for other tools.

use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use sealwatch_rules::util::text::cut;
use sealwatch_rules::util::time::written;
use serde_json::{Value, json};

use crate::doctor::check::{Answer, Check, State};
use crate::doctor::checks::CHECKS;
use crate::doctor::stack::Stack;
use crate::report::page::Page;

/// The columns before the text of a check.
const INDENT: &str = "                      ";

/// The most problems of a check that are printed: the report is one screen.
const SHOWN: usize = 5;

/// The longest text from AWS.
const LIMIT: usize = 600;

/// What all checks found.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) stack: Arc<Stack>,
    pub(crate) answers: Vec<(&'static Check, Answer)>,
}

impl Report {
    /// The number of checks in a state.
    pub(crate) fn count(&self, state: State) -> usize {
        self.answers.iter().filter(|(_, answer)| answer.state() == state).count()
    }

    /// The number of checks of which a part could not be done.
    pub(crate) fn unchecked(&self) -> usize {
        self.answers.iter().filter(|(_, answer)| !answer.unchecked.is_empty()).count()
    }

    /// The text for people.
    pub(crate) fn page(&self) -> Page {
        let mut page = Page::default();
        page.styled(Style::new().bold(), &self.stack.name);
        page.line(&format!("  {} {}", self.stack.account, self.stack.region)).end_line();
        for (check, answer) in &self.answers {
            entry(&mut page, check, answer);
        }
        page.end_line();
        let (ok, wrong, unchecked) = (self.count(State::Ok), self.count(State::Wrong), self.count(State::Unchecked));
        let rest = if self.answers.len() < CHECKS.len() { "; the others need a stack" } else { "" };
        page.line(&format!(
            "{} checks: {ok} ok, {wrong} wrong, {unchecked} could not be done{rest}",
            self.answers.len()
        ));
        page
    }

    /// The JSON document.
    pub(crate) fn json(&self) -> Value {
        let status = match (self.unchecked(), self.count(State::Wrong)) {
            (_, 1..) => State::Wrong,
            (1.., 0) => State::Unchecked,
            (0, 0) => State::Ok,
        };
        let checks = self.answers.iter().map(|(check, answer)| {
            let problems = answer.problems.iter().map(|problem| {
                json!({
                    "fault": problem.fault, "wrong": problem.wrong, "follows": problem.follows, "fix": problem.fix,
                })
            });
            json!({
                "name": check.name,
                "question": check.question,
                "status": answer.state().name(),
                "summary": answer.summary,
                "problems": problems.collect::<Vec<_>>(),
                "unchecked": answer.unchecked,
            })
        });
        json!({
            "sealwatch": env!("CARGO_PKG_VERSION"),
            "stack": self.stack.name,
            "account": self.stack.account,
            "region": self.stack.region,
            "time": written(self.stack.now),
            "status": status.name(),
            "checks": checks.collect::<Vec<_>>(),
        })
    }
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Wrong => "wrong",
            State::Unchecked => "unchecked",
        }
    }

    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().bold().fg_color(Some(colour.into()));
        match self {
            State::Ok => colour(AnsiColor::Green),
            State::Wrong => colour(AnsiColor::Red),
            State::Unchecked => colour(AnsiColor::Cyan),
        }
    }
}

/// One check: a line if it is ok, and for each problem what is wrong, what follows and how to fix it.
fn entry(page: &mut Page, check: &Check, answer: &Answer) {
    let state = answer.state();
    page.styled(state.style(), &format!("{:<9}", state.name())).text(&format!("  {:<11}", check.name));
    if state == State::Ok {
        page.line(&cut(&answer.summary, LIMIT));
        return;
    }
    let mut first = true;
    let mut line = |page: &mut Page, text: &str| {
        page.line(&format!("{}{}", if first { "" } else { INDENT }, cut(text, LIMIT)));
        first = false;
    };
    for (index, problem) in answer.problems.iter().take(SHOWN).enumerate() {
        line(page, &problem.wrong);
        // what follows from the same fault is said once
        if !answer.problems.iter().take(index).any(|before| before.fault == problem.fault) {
            line(page, &problem.follows);
        }
        line(page, &format!("fix: {}", problem.fix));
    }
    if answer.problems.len() > SHOWN {
        line(page, &format!("and {} more: `--format json` lists all", answer.problems.len() - SHOWN));
    }
    for unchecked in answer.unchecked.iter().take(SHOWN) {
        line(page, unchecked);
    }
    if answer.unchecked.len() > SHOWN {
        line(page, &format!("and {} more could not be checked", answer.unchecked.len() - SHOWN));
    }
}
