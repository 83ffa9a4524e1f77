//! Everything that a rule may read besides the configuration.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde::Serialize;

use crate::configuration::key::{Key, KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::engine::facts::{Fact, Facts};
use crate::language::Text;
use crate::settings::Settings;
use crate::util::time::{self, Seconds};

/// How a configuration came to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// In the record of the call that set it.
    Call,
    /// In a document: no call put it in force yet.
    Document,
    /// By a scan: it is in force, and which call set it is not known.
    Scan,
}

/// The call that made a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventHeader {
    /// `eventID`
    pub id: String,
    /// `eventName`; empty if it was not seen in the record of a call.
    pub name: String,
    /// `eventSource`
    pub source: String,
    /// `eventTime`; in a scan, the time of the look.
    pub time: String,
}

impl EventHeader {
    /// When the call was made, for a sentence.
    pub(crate) fn time_in_words(&self) -> Text {
        match self.time.as_str() {
            "" => Text::literal("the call"),
            time => time.into(),
        }
    }
}

/// Everything that a rule may read besides the configuration: no I/O, no clock, no environment.
#[derive(Debug, Clone)]
pub struct RuleContext<'a> {
    /// How the configuration came to be seen.
    pub seen: Seen,
    /// The call.
    pub event: &'a EventHeader,
    /// The resource that it changed.
    pub resource: &'a Resource,
    /// Partition, Region and account of the resource.
    pub scope: Scope<'a>,
    /// What is known beyond the record.
    pub facts: &'a Facts,
    /// What the account requires.
    pub settings: &'a Settings,
    /// The time of the call and the time of evaluation, which is later if the configuration has to settle. `None` if there
    /// is no timeline, because then time does not matter.
    pub(crate) times: Option<RangeInclusive<Seconds>>,
}

impl RuleContext<'_> {
    /// The same without a settle time.
    pub(crate) fn at_the_call(&self) -> Self {
        let times = self.times.as_ref().map(|times| *times.start()..=*times.start());
        RuleContext { times, ..self.clone() }
    }

    /// What is known about a key, as of the time of evaluation.
    ///
    /// # Errors
    /// The reason why nothing is known.
    pub(crate) fn key(&self, key: &KeyRef) -> Fact<Cow<'_, Key>> {
        self.facts.key(key, self.times.as_ref().map(|times| *times.end()))
    }

    /// The time of the later call that remediated the violation by this one.
    pub(crate) fn remediated_at(&self) -> Option<String> {
        let (resource, times) = (self.resource.identity()?, self.times.as_ref()?);
        self.facts.timeline.remediated_at(&self.event.name, resource, *times.end()).map(time::written)
    }

    /// The resource's name.
    pub fn name(&self) -> &str {
        &self.resource.name
    }

    /// The resource's ARN, or its name if the ARN is not known.
    pub fn arn(&self) -> &str {
        self.resource.arn.as_deref().unwrap_or(&self.resource.name)
    }
}
