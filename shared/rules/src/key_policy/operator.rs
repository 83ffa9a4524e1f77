//! Condition operators.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context
//! keys".

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    /// Character by character: `*` and `?` have no special meaning.
    Equals,
    EqualsIgnoringCase,
    /// The whole text, with wildcards.
    Like,
    /// Each part between the colons, with wildcards; `ArnEquals` and `ArnLike` behave the same.
    Arn,
    Bool,
    Address,
    Null,
    /// Numbers, dates, bytes: they never identify the caller.
    Other,
}

/// How several values in the request are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// No quantifier; for a key with several values the same as `AnyValue`.
    Plain,
    /// True if the key is missing.
    AllValues,
    /// False if the key is missing.
    AnyValue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) compare: Compare,
    pub(super) negated: bool,
    pub(super) quantifier: Quantifier,
    pub(super) if_exists: bool,
}

/// Name in lower case, comparison, whether it is negated.
const OPERATORS: &[(&str, Compare, bool)] = &[
    ("stringequals", Compare::Equals, false),
    ("stringnotequals", Compare::Equals, true),
    ("stringequalsignorecase", Compare::EqualsIgnoringCase, false),
    ("stringnotequalsignorecase", Compare::EqualsIgnoringCase, true),
    ("stringlike", Compare::Like, false),
    ("stringnotlike", Compare::Like, true),
    ("arnequals", Compare::Arn, false),
    ("arnlike", Compare::Arn, false),
    ("arnnotequals", Compare::Arn, true),
    ("arnnotlike", Compare::Arn, true),
    ("bool", Compare::Bool, false),
    ("ipaddress", Compare::Address, false),
    ("notipaddress", Compare::Address, true),
    ("null", Compare::Null, false),
    ("numericequals", Compare::Other, false),
    ("numericnotequals", Compare::Other, false),
    ("numericlessthan", Compare::Other, false),
    ("numericlessthanequals", Compare::Other, false),
    ("numericgreaterthan", Compare::Other, false),
    ("numericgreaterthanequals", Compare::Other, false),
    ("dateequals", Compare::Other, false),
    ("datenotequals", Compare::Other, false),
    ("datelessthan", Compare::Other, false),
    ("datelessthanequals", Compare::Other, false),
    ("dategreaterthan", Compare::Other, false),
    ("dategreaterthanequals", Compare::Other, false),
    ("binaryequals", Compare::Other, false),
];

impl Operator {
    /// `None` if there is no operator of this name. Letter case is ignored: AWS does not document that it matters.
    pub(super) fn read(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (quantifier, name) = match name.split_once(':') {
            Some(("forallvalues", rest)) => (Quantifier::AllValues, rest),
            Some(("foranyvalue", rest)) => (Quantifier::AnyValue, rest),
            Some(_) => return None,
            None => (Quantifier::Plain, name.as_str()),
        };
        let (if_exists, name) = match name.strip_suffix("ifexists") {
            Some("null") => return None,
            Some(rest) => (true, rest),
            None => (false, name),
        };
        let &(_, compare, negated) = OPERATORS.iter().find(|(known, ..)| *known == name)?;
        Some(Self { compare, negated, quantifier, if_exists })
    }

    /// The name of an operator without `IfExists` and without quantifier.
    pub(super) fn without_absence(name: &str) -> &str {
        let begins = |quantifier: &&str| {
            name.get(..quantifier.len()).is_some_and(|start| start.eq_ignore_ascii_case(quantifier))
        };
        let quantifier = ["ForAllValues:", "ForAnyValue:"].into_iter().find(begins).map_or(0, str::len);
        let plain = name.get(quantifier..).unwrap_or(name);
        let end = plain.len().saturating_sub("IfExists".len());
        match plain.split_at_checked(end) {
            Some((start, suffix)) if suffix.eq_ignore_ascii_case("IfExists") => start,
            _ => plain,
        }
    }

    /// True if the condition holds for a request without the key, whatever the values.
    pub(super) fn holds_without_key(self) -> bool {
        self.if_exists
            || self.quantifier == Quantifier::AllValues
            || self.negated && self.quantifier != Quantifier::AnyValue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operator_names_are_parsed() {
        let like = Operator::read("forAnyValue:stringLIKE").unwrap();
        assert_eq!((like.compare, like.quantifier, like.negated), (Compare::Like, Quantifier::AnyValue, false));
        assert!(Operator::read("ForAllValues:ArnNotLikeIfExists").unwrap().if_exists);
        for unknown in ["ForAnyValues:StringLike", "ForAnyValueStringLike", "NullIfExists", "StringMatches", ""] {
            assert_eq!(Operator::read(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn quantifiers_and_suffixes_are_removed_in_any_letter_case() {
        for (name, plain) in [
            ("StringEqualsIfExists", "StringEquals"),
            ("stringlikeifexists", "stringlike"),
            ("FORALLVALUES:ArnLikeIfExists", "ArnLike"),
            ("ForAnyValue:StringEquals", "StringEquals"),
            ("Bool", "Bool"),
            ("é", "é"),
        ] {
            assert_eq!(Operator::without_absence(name), plain);
        }
    }

    #[test]
    fn a_missing_key_satisfies_some_operators() {
        for (name, want) in [
            ("StringEquals", false),
            ("StringEqualsIfExists", true),
            ("ForAllValues:StringEquals", true),
            ("ForAnyValue:StringEquals", false),
            ("StringNotEquals", true),
            ("ForAnyValue:StringNotEquals", false),
        ] {
            assert_eq!(Operator::read(name).unwrap().holds_without_key(), want, "{name}");
        }
    }
}
