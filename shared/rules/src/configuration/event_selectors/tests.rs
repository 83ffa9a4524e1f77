use super::*;
use proptest::prelude::*;
use serde_json::json;

fn basic(selectors: &Value) -> Field<KmsEvents> {
    KmsEvents::read(Field::Present(selectors), Field::Absent)
}

fn advanced(selectors: &Value) -> Field<KmsEvents> {
    KmsEvents::read(Field::Absent, Field::Present(selectors))
}

fn events(reads: Recorded, writes: Recorded) -> Field<KmsEvents> {
    Field::Present(KmsEvents { reads, writes })
}

#[test]
fn basic_selectors_record_all_management_events_unless_they_say_otherwise() {
    for (selectors, want) in [
        (json!([{}]), events(Yes, Yes)),
        (json!([{"readWriteType": "All", "includeManagementEvents": true, "dataResources": []}]), events(Yes, Yes)),
        (json!([{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true}]), events(No, Yes)),
        (json!([{"readWriteType": "ReadOnly"}]), events(Yes, No)),
        (json!([{"includeManagementEvents": false}]), events(No, No)),
        (json!([{"excludeManagementEventSources": ["rdsdata.amazonaws.com"]}]), events(Yes, Yes)),
        (json!([{"excludeManagementEventSources": ["rdsdata.amazonaws.com", KMS]}]), events(No, No)),
        (json!([{"excludeManagementEventSources": []}]), events(Yes, Yes)),
        (json!([{"readWriteType": "ReadOnly"}, {"readWriteType": "WriteOnly"}]), events(Yes, Yes)),
        (json!([{"excludeManagementEventSources": [KMS]}, {"readWriteType": "WriteOnly"}]), events(No, Yes)),
        // what the record does not show
        (json!([{"readWriteType": "***"}]), events(Unknown, Unknown)),
        (json!([{"readWriteType": "***"}, {"readWriteType": "ReadOnly"}]), events(Yes, Unknown)),
        (json!([{"includeManagementEvents": false, "excludeManagementEventSources": "***"}]), events(No, No)),
        (json!(["***"]), events(Unknown, Unknown)),
        (json!("HIDDEN_DUE_TO_SECURITY_REASONS"), Field::Redacted),
        (json!([]), Field::Absent),
    ] {
        assert_eq!(basic(&selectors), want, "{selectors}");
    }
}

#[test]
fn the_fields_of_an_advanced_selector_all_have_to_match() {
    let management = json!({"field": "eventCategory", "equals": ["Management"]});
    let source = |operator: &str, values: Value| json!({"field": "eventSource", operator: values});
    let selector = |fields: &[&Value]| json!([{"name": "s", "fieldSelectors": fields}]);
    let read_only = |value: &str| json!({"field": "readOnly", "equals": [value]});
    for (selectors, want) in [
        (selector(&[&management]), events(Yes, Yes)),
        (selector(&[&management, &read_only("true")]), events(Yes, No)),
        (selector(&[&management, &read_only("false")]), events(No, Yes)),
        (selector(&[&json!({"field": "eventCategory", "equals": ["Data"]})]), events(No, No)),
        (selector(&[&management, &source("notEquals", json!([KMS]))]), events(No, No)),
        (selector(&[&management, &source("notEquals", json!(["rdsdata.amazonaws.com"]))]), events(Yes, Yes)),
        (selector(&[&management, &source("notStartsWith", json!(["rds", "kms."]))]), events(No, No)),
        (selector(&[&management, &source("notEndsWith", json!([".amazonaws.com"]))]), events(No, No)),
        (selector(&[&management, &source("startsWith", json!(["kms", "sts"]))]), events(Yes, Yes)),
        (selector(&[&management, &source("equals", json!(["sts.amazonaws.com"]))]), events(No, No)),
        (selector(&[&management, &source("equals", json!([]))]), events(Yes, Yes)),
        (
            json!([{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]},
                {"Field": "eventSource", "Equals": [KMS], "NotEndsWith": ["amazonaws.com"]}]}]),
            events(No, No),
        ),
        // what the record does not show, and members of events that may be selected in the future
        (selector(&[&management, &source("notEquals", json!("***"))]), events(Unknown, Unknown)),
        (selector(&[&management, &source("notEquals", json!([KMS, 7]))]), events(No, No)),
        (selector(&[&management, &json!({"field": "eventName", "notEquals": ["Decrypt"]})]), events(Unknown, Unknown)),
        (selector(&[&read_only("true")]), events(Unknown, No)),
        (json!([{"fieldSelectors": "***"}]), events(Unknown, Unknown)),
        (json!([{"fieldSelectors": []}]), events(Unknown, Unknown)),
        (json!({}), Field::Redacted),
    ] {
        assert_eq!(advanced(&selectors), want, "{selectors}");
    }
}

#[test]
fn the_kind_of_selectors_that_is_not_empty_decides() {
    let (none, all) = (json!([]), json!([{"readWriteType": "All"}]));
    let data = json!([{"fieldSelectors": [{"field": "eventCategory", "equals": ["Data"]}]}]);
    let read = |basic, advanced| KmsEvents::read(Field::Present(basic), Field::Present(advanced));
    assert_eq!(read(&all, &none), events(Yes, Yes));
    assert_eq!(read(&none, &data), events(No, No));
    assert_eq!(KmsEvents::read(Field::Omitted, Field::Omitted), Field::Omitted);
    assert_eq!(KmsEvents::read(Field::Redacted, Field::Absent), Field::Redacted);
    assert_eq!(KmsEvents::read(Field::Absent, Field::Absent), Field::Absent);
}

/// An event with the members that selectors of these tests look at.
type Event = [(&'static str, &'static str); 4];

const NAMES: [&str; 3] = ["Decrypt", "DisableKey", "RotateKey"];

/// The events of KMS that only read, or the others.
fn kms_events(reads: bool) -> impl Iterator<Item = Event> {
    let read_only = if reads { "true" } else { "false" };
    NAMES.into_iter().map(move |name| {
        [("eventCategory", "Management"), ("eventSource", KMS), ("readOnly", read_only), ("eventName", name)]
    })
}

/// A condition on a field: its operator, and whether a value matches it.
type Operator = (&'static str, bool, fn(&str, &str) -> bool);

const OPERATORS: [Operator; 6] = [
    ("equals", true, |value, text| value == text),
    ("startsWith", true, |value, text| value.starts_with(text)),
    ("endsWith", true, |value, text| value.ends_with(text)),
    ("notEquals", false, |value, text| value == text),
    ("notStartsWith", false, |value, text| value.starts_with(text)),
    ("notEndsWith", false, |value, text| value.ends_with(text)),
];

/// A field with the values of each operator.
type FieldSelector = (&'static str, Vec<(usize, Vec<&'static str>)>);

fn matches(event: &Event, (field, conditions): &FieldSelector) -> bool {
    let value = event.iter().find(|(name, _)| name == field).unwrap().1;
    let met = |selects: bool| {
        conditions
            .iter()
            .filter(move |(operator, _)| OPERATORS[*operator].1 == selects)
            .map(move |(operator, texts)| texts.iter().any(|text| (OPERATORS[*operator].2)(value, text)))
    };
    (met(true).count() == 0 || met(true).any(|met| met)) && !met(false).any(|met| met)
}

fn field_selectors() -> impl Strategy<Value = FieldSelector> {
    let texts = |texts: &'static [&'static str]| {
        let values = proptest::collection::vec(proptest::sample::select(texts), 1..3);
        proptest::collection::vec((0..OPERATORS.len(), values), 1..4)
    };
    prop_oneof![
        texts(&[KMS, "kms.", "sts.amazonaws.com", ".amazonaws.com", "s3"])
            .prop_map(|conditions| ("eventSource", conditions)),
        texts(&["true", "false", "t"]).prop_map(|conditions| ("readOnly", conditions)),
        texts(&["Decrypt", "D", "Key"]).prop_map(|conditions| ("eventName", conditions)),
        texts(&["Management", "Data", "Man"]).prop_map(|conditions| ("eventCategory", conditions)),
    ]
}

fn to_json(selectors: &[Vec<FieldSelector>]) -> Value {
    let field = |(field, conditions): &FieldSelector| {
        let mut object = json!({ "field": field });
        for (operator, texts) in conditions {
            let values = &mut object[OPERATORS[*operator].0];
            let mut all: Vec<Value> = values.as_array().cloned().unwrap_or_default();
            all.extend(texts.iter().map(|text| json!(text)));
            *values = json!(all);
        }
        object
    };
    json!(
        selectors
            .iter()
            .map(|fields| json!({"fieldSelectors": fields.iter().map(field).collect::<Vec<_>>()}))
            .collect::<Vec<_>>()
    )
}

proptest! {
    /// Tries each event instead of reasoning about kinds of events. A condition on `eventName` makes the answer unknown at
    /// most; without one, it is known.
    #[test]
    fn selectors_record_what_matching_each_event_finds(
        mut selectors in proptest::collection::vec(proptest::collection::vec(field_selectors(), 0..3), 1..4)
    ) {
        for fields in &mut selectors {
            fields.push(("eventCategory", vec![(0, vec!["Management"])]));
        }
        let document = to_json(&selectors);
        let found = advanced(&document).value().unwrap();
        for (reads, recorded) in [(true, found.reads), (false, found.writes)] {
            let is_recorded = |event: Event| selectors.iter().any(|fields| fields.iter().all(|field| matches(&event, field)));
            let (all, none) = (kms_events(reads).all(is_recorded), !kms_events(reads).any(is_recorded));
            match recorded {
                Yes => prop_assert!(all, "{document}"),
                No => prop_assert!(none, "{document}"),
                Unknown => prop_assert!(document.to_string().contains("eventName"), "{document}"),
            }
        }
    }
}
