//! The resource that a call is about.

use serde::Serialize;

use crate::aws::arn::Arn;

/// The resource that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// The CloudFormation type: `AWS::Kinesis::Stream`, …
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its ARN; `None` if the record does not have it and it cannot be built, or if its kind has no ARNs.
    pub arn: Option<String>,
    /// Its name or id.
    pub name: String,
    /// Its id, if its kind has no ARNs.
    #[serde(skip)]
    id: Option<String>,
    /// The part of it that the call is about, if each part has findings of its own: the id of a grant on a key.
    #[serde(skip)]
    part: Option<String>,
}

impl Resource {
    /// A resource known by an ARN, a name or both. A missing name is taken from the ARN.
    pub fn new(kind: &'static str, arn: Option<String>, name: Option<&str>) -> Resource {
        let named = |arn: &String| Arn::parse(arn).map(|arn| arn.name().to_owned());
        let name = name.map(str::to_owned).or_else(|| arn.as_ref().and_then(named));
        Resource { kind, arn, name: name.unwrap_or_else(|| UNNAMED.to_owned()), id: None, part: None }
    }

    /// A resource of a kind that has no ARNs, known by its id.
    pub(crate) fn without_arn(kind: &'static str, id: Option<&str>) -> Resource {
        let name = id.unwrap_or(UNNAMED).to_owned();
        Resource { kind, arn: None, name, id: id.map(str::to_owned), part: None }
    }

    /// The same resource, of which only this part matters, if it is known.
    #[must_use]
    pub(crate) fn with_part(self, part: Option<&str>) -> Resource {
        Resource { part: part.map(str::to_owned), ..self }
    }

    /// True if only a part of it matters.
    pub fn is_part(&self) -> bool {
        self.part.is_some()
    }

    /// What tells it from other resources of its account and Region: its ARN, or else its name, and the part that a call is
    /// about.
    pub(crate) fn key(&self) -> impl Iterator<Item = &str> {
        [Some(self.arn.as_deref().unwrap_or(&self.name)), self.part.as_deref()].into_iter().flatten()
    }

    /// What look-ups and the timeline know it by: its ARN, or its id if its kind has no ARNs.
    pub fn identity(&self) -> Option<&str> {
        self.arn.as_deref().or(self.id.as_deref())
    }
}

const UNNAMED: &str = "(unnamed)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_arn_or_the_id_of_a_kind_without_arns_identifies_a_resource() {
        let arn = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders";
        assert_eq!(Resource::new("t", Some(arn.to_owned()), None).identity(), Some(arn));
        assert_eq!(
            Resource::new("t", None, Some("orders")).identity(),
            None,
            "streams of other accounts have this name too"
        );
        assert_eq!(Resource::without_arn("t", Some("cks-1")).identity(), Some("cks-1"));
        assert_eq!(Resource::without_arn("t", None).identity(), None);
    }
}
