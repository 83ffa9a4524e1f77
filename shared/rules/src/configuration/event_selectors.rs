//! Event selectors: whether they let the events of KMS through.
//!
//! The events of KMS are management events. `Encrypt`, `Decrypt` and `GenerateDataKey` are read events; calls that change a
//! key, an alias or a grant are write events.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html>

use serde_json::Value;

use crate::cloudtrail::field::{Field, Node};
use crate::language::Text;

const KMS: &str = "kms.amazonaws.com";

/// How much of a kind of events is recorded. The order is that of three-valued logic: the least of several conditions that
/// all have to hold, and the greatest of several of which one suffices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recorded {
    /// Nothing.
    No,
    /// It depends on what the record does not show, or on a member of the events that this module knows nothing about.
    Unknown,
    /// Everything.
    Yes,
}

use Recorded::{No, Unknown, Yes};

impl Recorded {
    /// The word for it in the evidence of a finding.
    pub(crate) fn in_words(self) -> Text {
        match self {
            No => Text::literal("left out"),
            Unknown => Text::literal("unknown"),
            Yes => Text::literal("recorded"),
        }
    }
}

/// Which events of KMS are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KmsEvents {
    /// Those that only read or use keys.
    pub reads: Recorded,
    /// Those that change something.
    pub writes: Recorded,
}

impl KmsEvents {
    /// All of them: what a trail without selectors of its own records.
    ///
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html>
    pub(crate) const ALL: KmsEvents = KmsEvents { reads: Yes, writes: Yes };

    /// What basic or advanced selectors record: a trail has one kind or the other. An event is recorded if it matches any
    /// of the selectors.
    ///
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html>
    pub(crate) fn read(basic: Node<'_>, advanced: Node<'_>) -> Field<KmsEvents> {
        let of = |list: &[Value], records: fn(Node<'_>, bool) -> Recorded| {
            let any = |reads| list.iter().map(|selector| records(Field::Present(selector), reads)).max().unwrap_or(No);
            Field::Present(KmsEvents { reads: any(true), writes: any(false) })
        };
        match (list(advanced), list(basic)) {
            (Field::Present(list), _) => of(list, advanced_selector),
            (_, Field::Present(list)) => of(list, basic_selector),
            (Field::Absent, missing) | (missing, _) => missing.map(|_| KmsEvents { reads: Unknown, writes: Unknown }),
        }
    }

    /// What the selectors record that `cloudtrail:GetEventSelectors` answers with.
    pub fn of_trail(answer: &Value) -> KmsEvents {
        let answer = Field::Present(answer);
        let read = KmsEvents::read(answer.get("EventSelectors"), answer.get("AdvancedEventSelectors"));
        read.value().unwrap_or(KmsEvents { reads: Unknown, writes: Unknown })
    }

    /// True if all of them are recorded.
    pub(crate) fn are_complete(self) -> bool {
        self.reads == Yes && self.writes == Yes
    }
}

/// A list that is not empty. No list of selectors can be empty; CloudTrail may write one for the kind that is not used.
fn list(node: Node<'_>) -> Field<&[Value]> {
    match node {
        Field::Present(Value::Array(list)) if list.is_empty() => Field::Absent,
        Field::Present(Value::Array(list)) => Field::Present(list),
        Field::Present(_) => Field::Redacted,
        missing => missing.map(|_| &[][..]),
    }
}

/// What a basic selector records. Without a member, its default applies, as the API model documents it: all read and write
/// management events of all sources.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html>
fn basic_selector(selector: Node<'_>, reads: bool) -> Recorded {
    let management = match selector.get("includeManagementEvents").flag() {
        Field::Present(included) => certain(included),
        Field::Absent => Yes,
        _ => Unknown,
    };
    let kind = match selector.get("readWriteType").text() {
        Field::Present("All") | Field::Absent => Yes,
        Field::Present("ReadOnly") => certain(reads),
        Field::Present("WriteOnly") => certain(!reads),
        _ => Unknown,
    };
    let excluded = any(selector.get("excludeManagementEventSources"), |source| source == KMS);
    management.min(kind).min(not(excluded.unwrap_or(No)))
}

/// What an advanced selector records: the events that match each of its field selectors. The API requires one for
/// `eventCategory`.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>
fn advanced_selector(selector: Node<'_>, reads: bool) -> Recorded {
    let Field::Present(fields) = list(selector.get("fieldSelectors")) else { return Unknown };
    let fields = || fields.iter().map(Field::Present);
    let has_category = fields().any(|field: Node<'_>| field.get("field").text() == Field::Present("eventCategory"));
    let matches = fields().map(|field| field_selector(field, reads)).min().unwrap_or(Unknown);
    if has_category { matches } else { matches.min(Unknown) }
}

/// Whether events of KMS match a field selector: they have to match one of the selecting values, if there are any, and none
/// of the others.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html#filtering-data-events-conditions>
fn field_selector(field: Node<'_>, reads: bool) -> Recorded {
    let value = match field.get("field").text() {
        Field::Present("eventCategory") => "Management",
        Field::Present("eventSource") => KMS,
        Field::Present("readOnly") if reads => "true",
        Field::Present("readOnly") => "false",
        _ => return Unknown,
    };
    let equals = |text: &str| value == text;
    let starts = |text: &str| value.starts_with(text);
    let ends = |text: &str| value.ends_with(text);
    let either = |operators: [&str; 3]| {
        let [equal, start, end] = operators.map(|operator| field.get(operator));
        [any(equal, equals), any(start, starts), any(end, ends)].into_iter().flatten().max()
    };
    let selected = either(["equals", "startsWith", "endsWith"]).unwrap_or(Yes);
    let deselected = either(["notEquals", "notStartsWith", "notEndsWith"]).unwrap_or(No);
    selected.min(not(deselected))
}

/// Whether a value of a list matches; `None` if there is no list.
fn any(values: Node<'_>, matches: impl Fn(&str) -> bool) -> Option<Recorded> {
    match list(values) {
        Field::Absent => None,
        Field::Present(list) => {
            list.iter().map(|value| value.as_str().map_or(Unknown, |text| certain(matches(text)))).max()
        }
        _ => Some(Unknown),
    }
}

fn certain(holds: bool) -> Recorded {
    if holds { Yes } else { No }
}

fn not(recorded: Recorded) -> Recorded {
    match recorded {
        Yes => No,
        Unknown => Unknown,
        No => Yes,
    }
}

#[cfg(test)]
mod tests;
