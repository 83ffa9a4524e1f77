//! Parsing a policy document from JSON.
//!
//! The reader accepts everything that KMS accepts: one value or a list, strings, numbers and booleans. It also accepts
//! some texts that the grammar forbids and records a [`Defect`].
//!
//! Every object has a hand-written visitor: a derived one would silently keep only one of two equal names, and JSON
//! parsers disagree on which of them counts.

use super::defect::Defect;
use super::document::{Condition, Effect, Entry, Kind, Policy, PolicyError, Statement};
use super::parse_error;
use super::service::Service;
use crate::util::json;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;

impl Policy {
    /// Parses the policy of a key.
    ///
    /// # Errors
    ///
    /// The text is not JSON, is nested deeper than 128 levels, or has no `Statement`.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        Self::parse_for(Service::Kms, text)
    }

    /// Parses the policy of a resource of this service.
    ///
    /// # Errors
    ///
    /// The same as those of [`Policy::parse`].
    pub fn parse_for(service: Service, text: &str) -> Result<Self, PolicyError> {
        let policy: Self = json::parse(text).map_err(|error| {
            let whole = error.to_string();
            let message = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(message, _)| message);
            let (line, column) = place(text, &error);
            PolicyError { message: parse_error::without_content(message), line, column }
        })?;
        let mut policy = Self { service, ..policy };
        for statement in &mut policy.statements {
            statement.actions = statement.selected_actions(service);
        }
        Ok(policy)
    }
}

/// The line and the column of an error, both counted from one. The parser counts the end of a line as column zero of the next.
fn place(text: &str, error: &serde_json::Error) -> (usize, usize) {
    match (error.line().checked_sub(1), error.column()) {
        (Some(before @ 1..), 0) => (before, text.split('\n').nth(before - 1).map_or(1, |line| line.len() + 1)),
        (_, column) => (error.line().max(1), column.max(1)),
    }
}

impl Statement {
    fn add_defect(&mut self, defect: Defect) {
        if !self.defects.contains(&defect) {
            self.defects.push(defect);
        }
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PolicyVisitor)
    }
}

struct PolicyVisitor;

impl<'de> Visitor<'de> for PolicyVisitor {
    type Value = Policy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&parse_error::POLICY)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Policy, A::Error> {
        let mut policy = Policy::default();
        let (mut statements, mut versions) = (0, 0);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "Statement" => {
                    let Statements(read) = map.next_value()?;
                    policy.statements.extend(read);
                    statements += 1;
                }
                "Version" => {
                    let Texts { values, .. } = map.next_value()?;
                    // Of two versions, the one with variables admits more.
                    policy.variables |= values.iter().any(|version| version == "2012-10-17");
                    versions += 1;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        match statements {
            0 => return Err(A::Error::custom(&*parse_error::NO_STATEMENT)),
            1 => {}
            _ => {
                policy.defects.push(Defect::DuplicateStatementList);
                // Either list may count: every Allow may be in force, so no Deny can be relied on.
                for statement in &mut policy.statements {
                    statement.add_defect(Defect::InDuplicateStatementList);
                }
            }
        }
        if versions > 1 {
            policy.defects.push(Defect::DuplicateVersion);
        }
        Ok(policy)
    }
}

struct Statements(Vec<Statement>);

impl<'de> Deserialize<'de> for Statements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Statements;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&parse_error::STATEMENTS)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Statements, A::Error> {
                StatementVisitor.visit_map(map).map(|one| Statements(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Statements, A::Error> {
                let mut all = Vec::new();
                while let Some(statement) = seq.next_element()? {
                    all.push(statement);
                }
                Ok(Statements(all))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

impl<'de> Deserialize<'de> for Statement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StatementVisitor)
    }
}

struct StatementVisitor;

impl<'de> Visitor<'de> for StatementVisitor {
    type Value = Statement;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&parse_error::STATEMENT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Statement, A::Error> {
        let mut statement = Statement::default();
        let (mut effects, mut conditions) = (0, 0);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "Sid" => statement.sid = map.next_value::<Texts>()?.values.into_iter().next(),
                "Effect" => {
                    effects += 1;
                    let effect = match map.next_value::<Texts>()?.values.first().map(String::as_str) {
                        Some("Allow") => Some(Effect::Allow),
                        Some("Deny") => Some(Effect::Deny),
                        _ => None,
                    };
                    // Of two effects, Allow is the worse one.
                    if statement.effect != Some(Effect::Allow) {
                        statement.effect = effect;
                    }
                }
                "Principal" => read_principals(&mut map, &mut statement, |s| &mut s.principal)?,
                "NotPrincipal" => read_principals(&mut map, &mut statement, |s| &mut s.not_principal)?,
                "Action" => read_texts(&mut map, &mut statement, |s| &mut s.action)?,
                "NotAction" => read_texts(&mut map, &mut statement, |s| &mut s.not_action)?,
                "Resource" => read_texts(&mut map, &mut statement, |s| &mut s.resource)?,
                "NotResource" => read_texts(&mut map, &mut statement, |s| &mut s.not_resource)?,
                "Condition" => {
                    conditions += 1;
                    let Conditions { list, well_formed } = map.next_value()?;
                    statement.conditions.extend(list);
                    if !well_formed {
                        statement.add_defect(Defect::AmbiguousCondition);
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if effects > 1 {
            statement.add_defect(Defect::DuplicateEffect);
        }
        if conditions > 1 {
            statement.add_defect(Defect::DuplicateCondition);
            for condition in &mut statement.conditions {
                condition.ambiguous = true;
            }
        }
        if statement.principal.is_some() && statement.not_principal.is_some() {
            statement.add_defect(Defect::PrincipalAndNotPrincipal);
        }
        if statement.action.is_some() && statement.not_action.is_some() {
            statement.add_defect(Defect::ActionAndNotAction);
        }
        Ok(statement)
    }
}

fn read_texts<'de, A: MapAccess<'de>>(
    map: &mut A,
    statement: &mut Statement,
    element: fn(&mut Statement) -> &mut Option<Vec<String>>,
) -> Result<(), A::Error> {
    let Texts { values, well_formed } = map.next_value()?;
    let twice = element(statement).is_some();
    element(statement).get_or_insert_default().extend(values);
    if twice {
        statement.add_defect(Defect::DuplicateElement);
    }
    if !well_formed {
        statement.add_defect(Defect::WrongType);
    }
    Ok(())
}

fn read_principals<'de, A: MapAccess<'de>>(
    map: &mut A,
    statement: &mut Statement,
    element: fn(&mut Statement) -> &mut Option<Vec<Entry>>,
) -> Result<(), A::Error> {
    let Principals { entries, well_formed } = map.next_value()?;
    let twice = element(statement).is_some();
    element(statement).get_or_insert_default().extend(entries);
    if twice {
        statement.add_defect(Defect::DuplicateElement);
    }
    if !well_formed {
        statement.add_defect(Defect::PrincipalForm);
    }
    Ok(())
}

/// A value or a list of values, as text.
#[derive(Default)]
struct Texts {
    values: Vec<String>,
    /// True if all values are strings, numbers or booleans.
    well_formed: bool,
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl TextsVisitor {
    fn one<E>(text: String) -> Result<Texts, E> {
        Ok(Texts { values: vec![text], well_formed: true })
    }
}

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&parse_error::STRINGS)
    }

    fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
        Self::one(text.to_owned())
    }

    fn visit_string<E>(self, text: String) -> Result<Texts, E> {
        Self::one(text)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Texts, E> {
        Self::one(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Texts, E> {
        Self::one(value.to_string())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Texts, E> {
        Self::one(value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Texts, E> {
        Self::one(value.to_string())
    }

    fn visit_unit<E>(self) -> Result<Texts, E> {
        Ok(Texts::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Texts::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Texts, A::Error> {
        let mut all = Texts { values: Vec::new(), well_formed: true };
        // Nested lists are flattened; serde_json limits the depth.
        while let Some(Texts { values, well_formed }) = seq.next_element()? {
            all.well_formed &= well_formed && values.len() == 1;
            all.values.extend(values);
        }
        Ok(all)
    }
}

struct Principals {
    entries: Vec<Entry>,
    well_formed: bool,
}

impl<'de> Deserialize<'de> for Principals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyForm;
        impl<'de> Visitor<'de> for AnyForm {
            type Value = Principals;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&parse_error::PRINCIPALS)
            }

            fn visit_str<E>(self, text: &str) -> Result<Principals, E> {
                let entries = vec![Entry { kind: Kind::Bare, value: text.to_owned() }];
                Ok(Principals { entries, well_formed: text == "*" })
            }

            fn visit_unit<E>(self) -> Result<Principals, E> {
                Ok(Principals { entries: Vec::new(), well_formed: false })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Principals, A::Error> {
                let Texts { values, .. } = TextsVisitor.visit_seq(seq)?;
                let entries = values.into_iter().map(|value| Entry { kind: Kind::Bare, value }).collect();
                Ok(Principals { entries, well_formed: false })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Principals, A::Error> {
                let mut all = Principals { entries: Vec::new(), well_formed: true };
                let mut seen = BTreeSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    let kind = match name.as_str() {
                        "AWS" => Kind::Aws,
                        "Service" => Kind::Service,
                        _ if name == "*" || name.eq_ignore_ascii_case("aws") => Kind::Aws,
                        _ if name.eq_ignore_ascii_case("service") => Kind::Service,
                        _ => Kind::Other,
                    };
                    let Texts { values, well_formed } = map.next_value()?;
                    all.entries.extend(values.into_iter().map(|value| Entry { kind, value }));
                    all.well_formed &= well_formed && matches!(name.as_str(), "AWS" | "Service") && seen.insert(name);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_any(AnyForm)
    }
}

struct Conditions {
    list: Vec<Condition>,
    well_formed: bool,
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Operators;
        impl<'de> Visitor<'de> for Operators {
            type Value = Conditions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&parse_error::OPERATORS)
            }

            fn visit_unit<E>(self) -> Result<Conditions, E> {
                Ok(Conditions { list: Vec::new(), well_formed: false })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Conditions, A::Error> {
                let mut all = Conditions { list: Vec::new(), well_formed: true };
                let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
                while let Some(operator) = map.next_key::<String>()? {
                    let lower = operator.to_ascii_lowercase();
                    if seen.contains(&lower) {
                        twice.insert(lower);
                    } else {
                        seen.insert(lower);
                    }
                    let Keys(keys) = map.next_value()?;
                    all.list.extend(keys.into_iter().map(|(key, values, ambiguous)| Condition {
                        operator: operator.clone(),
                        key,
                        values,
                        ambiguous,
                    }));
                }
                if !twice.is_empty() {
                    for condition in &mut all.list {
                        condition.ambiguous |= twice.contains(&condition.operator.to_ascii_lowercase());
                    }
                }
                all.well_formed = !all.list.iter().any(|condition| condition.ambiguous);
                Ok(all)
            }
        }
        deserializer.deserialize_map(Operators)
    }
}

/// The keys under one operator: key, values, whether they are ambiguous.
struct Keys(Vec<(String, Vec<String>, bool)>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeysVisitor;
        impl<'de> Visitor<'de> for KeysVisitor {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&parse_error::KEYS)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
                while let Some(key) = map.next_key::<String>()? {
                    let lower = key.to_ascii_lowercase();
                    if seen.contains(&lower) {
                        twice.insert(lower);
                    } else {
                        seen.insert(lower);
                    }
                    let Texts { values, well_formed } = map.next_value()?;
                    let ambiguous = !well_formed || values.is_empty();
                    keys.push((key, values, ambiguous));
                }
                if !twice.is_empty() {
                    for (key, _, ambiguous) in &mut keys {
                        *ambiguous |= twice.contains(&key.to_ascii_lowercase());
                    }
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(KeysVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_a_line_and_a_column_from_one() {
        for (text, place) in [
            ("", (1, 1)),
            ("x", (1, 1)),
            ("{}", (1, 2)),
            ("{\n  \"Version\": \"2012-10-17,\n}", (2, 26)),
            ("{\"\n", (1, 3)),
            ("\n\n", (2, 1)),
        ] {
            let error = Policy::parse(text).unwrap_err();
            assert_eq!((error.line, error.column), place, "{text:?}: {error}");
        }
    }

    #[test]
    fn messages_say_what_is_wrong_without_the_content() {
        for (text, message) in [
            (r#""hunter2""#, "expected a policy, an object with `Statement`, found a text"),
            ("[7]", "expected a policy, an object with `Statement`, found a list"),
            ("null", "expected a policy, an object with `Statement`, found `null`"),
            ("{hunter2", "the name of a member must be in double quotes"),
            ("hunter2", "this is not JSON"),
            (
                r#"{"Statement": "\ud800"}"#,
                "unexpected end of hex escape: `\\u` with half of a surrogate pair is no character",
            ),
        ] {
            assert_eq!(&*Policy::parse(text).unwrap_err().message, message, "{text}");
        }
    }
}
