//! Trails: `CreateTrail`, `UpdateTrail`.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;

/// The state in which a call leaves a trail.
#[derive(Debug, Clone)]
pub(crate) struct CloudTrailTrail {
    /// The key of the log files; `Present(None)` if there is none.
    pub key: Field<Option<KeyRef>>,
    /// Whether CloudTrail writes digest files.
    pub log_validation: Field<bool>,
    /// True if the record holds the response, which shows the resulting state.
    pub answered: bool,
    /// Why a look-up did not show what the record leaves out.
    pub unresolved: Option<Unresolved>,
}

impl CloudTrailTrail {
    /// Reads a call on a trail.
    ///
    /// `UpdateTrail` is partial and the response holds the resulting state, so the response decides if it was recorded.
    /// "No key" has three forms: `CreateTrail` does not have the member, the member is empty, or the response does not
    /// have it.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, CloudTrailTrail) {
        let created = call.name == "CreateTrail";
        let answered = call.response(&["trailARN"]).is_present() || call.response(&["name"]).is_present();
        let key = match answered {
            true => call.response(&["kmsKeyId"]).text(),
            false => call.request(&["kmsKeyId"]).text(),
        };
        let validation = match answered {
            true => call.response(&["logFileValidationEnabled"]).flag(),
            false => Field::Absent,
        };
        let trail = CloudTrailTrail {
            key: match key {
                Field::Present("") => Field::Present(None),
                Field::Absent if answered || created => Field::Present(None),
                text => text.map(|given| Some(KeyRef::read(given, call.scope))),
            },
            log_validation: validation.or(|| call.request(&["enableLogFileValidation"]).flag()).or(|| match created {
                true => Field::Present(false), // the API's default
                false => Field::Absent,
            }),
            answered,
            unresolved: None,
        };
        let given = call.requested("name");
        let arn = call.arn("trailARN", "name").or_else(|| call.build_arn("cloudtrail", format!("trail/{}", given?)));
        let name = call.response(&["name"]).text().value().or(given).filter(|name| !name.starts_with("arn:"));
        (Resource::new("AWS::CloudTrail::Trail", arn, name), trail)
    }

    /// True if `GetTrail` can fill in what the record leaves out: it has no response, and the request does not show
    /// everything.
    pub(crate) fn is_incomplete(&self) -> bool {
        !self.answered && (self.key.as_ref().value().is_none() || self.log_validation.value().is_none())
    }

    /// The trail with what the record leaves out filled in from the answer of `GetTrail`.
    pub(crate) fn with_description(&self, trail: Result<Node<'_>, Unresolved>, scope: Scope<'_>) -> CloudTrailTrail {
        let mut resolved = self.clone();
        if !self.is_incomplete() {
            return resolved;
        }
        match trail {
            Err(unresolved) => resolved.unresolved = Some(unresolved),
            Ok(trail) => {
                let key = trail.get("kmsKeyId").text();
                let key = match key {
                    Field::Absent | Field::Present("") => Field::Present(None),
                    text => text.map(|given| Some(KeyRef::read(given, scope))),
                };
                resolved.key = resolved.key.or_fill(|| key);
                resolved.log_validation =
                    resolved.log_validation.or_fill(|| trail.get("logFileValidationEnabled").flag());
            }
        }
        resolved
    }
}
