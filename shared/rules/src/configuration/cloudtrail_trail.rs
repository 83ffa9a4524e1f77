//! Trails: `CreateTrail`, `UpdateTrail`.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html>

use super::{Call, Configuration, Open};
use crate::key::{KeyRef, Place};
use crate::resource::Resource;
use crate::said::{Node, Said};

/// What a call leaves a trail at.
#[derive(Debug, Clone)]
pub struct CloudTrailTrail {
    /// The key of the log files; `Said(None)` where there is none.
    pub key: Said<Option<KeyRef>>,
    /// Whether digest files are written.
    pub log_validation: Said<bool>,
    /// True where the record shows what the trail was left at, as the response does.
    pub answered: bool,
    /// Why it cannot be told what the record does not show, where somebody looked.
    pub open: Option<Open>,
}

impl CloudTrailTrail {
    /// Reads a call on a trail.
    ///
    /// `UpdateTrail` is partial and the response holds the resulting state, so the response decides
    /// where it was recorded. "No key" has three forms: the member is absent, or it is empty, or
    /// the response lacks it.
    pub fn read<'a>(call: &Call<'a>) -> (Resource, Configuration<'a>) {
        let created = call.name == "CreateTrail";
        let answered = call.response(&["trailARN"]).stands() || call.response(&["name"]).stands();
        let key = match answered {
            true => call.response(&["kmsKeyId"]).text(),
            false => call.request(&["kmsKeyId"]).text(),
        };
        let validation = match answered {
            true => call.response(&["logFileValidationEnabled"]).flag(),
            false => Said::NotSaid,
        };
        let trail = CloudTrailTrail {
            key: match key {
                Said::Said("") => Said::Said(None),
                Said::NotSaid if answered || created => Said::Said(None),
                text => text.map(|given| Some(KeyRef::read(given, call.place))),
            },
            log_validation: validation.or(|| call.request(&["enableLogFileValidation"]).flag()).or(|| match created {
                true => Said::Said(false), // the API's default
                false => Said::NotSaid,
            }),
            answered,
            open: None,
        };
        let given = call.requested("name");
        let arn = call.arn("trailARN", "name").or_else(|| call.built("cloudtrail", format!("trail/{}", given?)));
        let name = call.response(&["name"]).text().said().or(given).filter(|name| !name.starts_with("arn:"));
        (Resource::new("AWS::CloudTrail::Trail", arn, name), Configuration::CloudTrailTrail(trail))
    }

    /// True where the response was not recorded and the request does not show all that decides, so that `GetTrail` would
    /// tell more.
    pub fn is_open(&self) -> bool {
        !self.answered && (self.key.as_ref().said().is_none() || self.log_validation.said().is_none())
    }

    /// The same with what the record does not show filled in from what `GetTrail` answered.
    pub(crate) fn completed(&self, trail: Result<Node<'_>, Open>, place: Place<'_>) -> CloudTrailTrail {
        let mut completed = self.clone();
        if !self.is_open() {
            return completed;
        }
        match trail {
            Err(open) => completed.open = Some(open),
            Ok(trail) => {
                let key = trail.get("kmsKeyId").text();
                let key = match key {
                    Said::NotSaid | Said::Said("") => Said::Said(None),
                    text => text.map(|given| Some(KeyRef::read(given, place))),
                };
                completed.key = completed.key.filled(|| key);
                completed.log_validation =
                    completed.log_validation.filled(|| trail.get("logFileValidationEnabled").flag());
            }
        }
        completed
    }
}
