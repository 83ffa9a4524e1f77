//! Trails: what they encrypt, which Regions and events they record, and whether they record at all.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::event_selectors::KmsEvents;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;

/// The state in which a call leaves a trail.
#[derive(Debug, Clone)]
pub(crate) struct CloudTrailTrail {
    /// What the call changes.
    pub call: TrailCall,
    /// Whether the trail records events after the settle time, or why that is not known. `None` if nothing but the call
    /// says so.
    pub logging: Option<Result<bool, Unresolved>>,
    /// What other trails record; `None` if it was not looked up.
    pub others: Option<OtherTrails>,
    /// Why a look-up did not show what the record leaves out.
    pub unresolved: Option<Unresolved>,
}

/// A call on a trail.
#[derive(Debug, Clone)]
pub(crate) enum TrailCall {
    /// `CreateTrail`: a second call starts the recording.
    Create(TrailSettings),
    /// `UpdateTrail`
    Update(TrailSettings),
    /// `StartLogging`
    Start,
    /// `StopLogging`
    Stop,
    /// `PutEventSelectors`: the events of KMS that the trail then records.
    Select(Field<KmsEvents>),
    /// `DeleteTrail`
    Delete,
    /// No call: a trail that a scan found, and the events of KMS that it records.
    Exists(TrailSettings, Field<KmsEvents>),
}

/// The settings of a trail.
#[derive(Debug, Clone)]
pub(crate) struct TrailSettings {
    /// The key of the log files; `Present(None)` if there is none.
    pub key: Field<Option<KeyRef>>,
    /// Whether CloudTrail writes digest files.
    pub log_validation: Field<bool>,
    /// Whether the trail records all Regions.
    pub multi_region: Field<bool>,
    /// Whether it records global services, such as IAM.
    pub global_events: Field<bool>,
    /// True if the request asks for a trail of one Region.
    pub asks_for_one_region: bool,
    /// True if the record holds the response, which shows the resulting state.
    pub answered: bool,
}

/// What the other trails record of what happens in the home Region of a trail, according to `DescribeTrails`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OtherTrails {
    /// There are none.
    None,
    /// There are some, but they may leave out Regions or events.
    Partial,
    /// The trail with this name records all Regions and, because it has no selectors of its own, all management events.
    Complete(String),
}

impl CloudTrailTrail {
    /// A trail that exists. Nothing is known about it yet.
    pub(crate) fn existing() -> CloudTrailTrail {
        let call = TrailCall::Exists(TrailSettings::UNKNOWN, Field::Omitted);
        CloudTrailTrail { call, logging: None, others: None, unresolved: None }
    }

    /// A trail that was deleted since it was listed.
    pub(crate) fn deleted() -> CloudTrailTrail {
        let deleted = Unresolved::Deleted;
        CloudTrailTrail {
            logging: Some(Err(deleted.clone())),
            unresolved: Some(deleted),
            ..CloudTrailTrail::existing()
        }
    }

    /// Reads a call on a trail.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, CloudTrailTrail) {
        let changed = match call.name {
            "CreateTrail" => TrailCall::Create(TrailSettings::read(call)),
            "StartLogging" => TrailCall::Start,
            "StopLogging" => TrailCall::Stop,
            "DeleteTrail" => TrailCall::Delete,
            "PutEventSelectors" => {
                let requested =
                    KmsEvents::read(call.request(&["eventSelectors"]), call.request(&["advancedEventSelectors"]));
                let answered =
                    KmsEvents::read(call.response(&["eventSelectors"]), call.response(&["advancedEventSelectors"]));
                TrailCall::Select(answered.or(|| requested).or_fill(|| requested))
            }
            _ => TrailCall::Update(TrailSettings::read(call)),
        };
        let member = if call.name == "PutEventSelectors" { "trailName" } else { "name" };
        let given = call.requested(member);
        let arn = call.arn("trailARN", member).or_else(|| call.build_arn("cloudtrail", format!("trail/{}", given?)));
        let name = call.response(&["name"]).text().value().or(given).filter(|name| !name.starts_with("arn:"));
        let trail = CloudTrailTrail { call: changed, logging: None, others: None, unresolved: None };
        (Resource::new("AWS::CloudTrail::Trail", arn, name), trail)
    }

    /// The settings that the call results in; `None` if it leaves them as they are.
    pub(crate) fn settings(&self) -> Option<&TrailSettings> {
        match &self.call {
            TrailCall::Create(settings) | TrailCall::Update(settings) | TrailCall::Exists(settings, _) => {
                Some(settings)
            }
            _ => None,
        }
    }

    /// True if the call does not decide whether the trail records events: a later `StartLogging` may.
    pub(crate) fn waits_for_logging(&self) -> bool {
        matches!(self.call, TrailCall::Create(_) | TrailCall::Stop | TrailCall::Exists(..))
    }

    /// True if `GetTrail` can fill in settings that the record leaves out.
    pub(crate) fn lacks_settings(&self) -> bool {
        self.settings().is_some_and(TrailSettings::is_incomplete)
    }

    /// True if `GetEventSelectors` can fill in the selectors, which the record leaves out.
    pub(crate) fn lacks_selectors(&self) -> bool {
        matches!(&self.call, TrailCall::Select(events) | TrailCall::Exists(_, events) if events.value().is_none())
    }

    /// True if it matters what other trails record.
    pub(crate) fn leaves_a_gap(&self) -> bool {
        match &self.call {
            TrailCall::Delete => true,
            TrailCall::Select(Field::Present(events)) | TrailCall::Exists(_, Field::Present(events)) => {
                !events.are_complete()
            }
            _ => false,
        }
    }

    /// Fills in what the record leaves out from the answer of `GetTrail`. Selectors of its own would be looked up, too.
    pub(crate) fn fill_settings(&mut self, trail: Result<Node<'_>, Unresolved>, scope: Scope<'_>) {
        match (&mut self.call, trail) {
            (_, Err(unresolved)) => self.unresolved = Some(unresolved),
            (TrailCall::Create(settings) | TrailCall::Update(settings), Ok(trail)) => settings.fill(trail, scope),
            (TrailCall::Exists(settings, events), Ok(trail)) => {
                *settings = TrailSettings::described(trail, scope);
                if trail.get("hasCustomEventSelectors").flag() == Field::Present(false) {
                    *events = Field::Present(KmsEvents::ALL);
                }
                self.unresolved = Some(Unresolved::NotShown("GetTrail"));
            }
            _ => {}
        }
    }

    /// Fills in the selectors from the answer of `GetEventSelectors`.
    pub(crate) fn fill_selectors(&mut self, selectors: Result<Node<'_>, Unresolved>) {
        match selectors {
            Err(unresolved) => self.unresolved = Some(unresolved),
            Ok(answer) => {
                let read = KmsEvents::read(answer.get("eventSelectors"), answer.get("advancedEventSelectors"));
                match &mut self.call {
                    TrailCall::Exists(_, events) => {
                        *events = read.or(|| Field::Present(KmsEvents::ALL));
                        self.unresolved = Some(Unresolved::NotShown("GetEventSelectors"));
                    }
                    call => *call = TrailCall::Select(read),
                }
            }
        }
    }
}

impl TrailSettings {
    /// Nothing is known.
    const UNKNOWN: TrailSettings = TrailSettings {
        key: Field::Omitted,
        log_validation: Field::Omitted,
        multi_region: Field::Omitted,
        global_events: Field::Omitted,
        asks_for_one_region: false,
        answered: false,
    };

    /// The settings in the answer of `GetTrail`. A switch that it does not show is off: the default of a new trail.
    fn described(trail: Node<'_>, scope: Scope<'_>) -> TrailSettings {
        let flag = |member: &str| trail.get(member).flag().or(|| Field::Present(false));
        TrailSettings {
            key: described_key(trail, scope),
            log_validation: flag("logFileValidationEnabled"),
            multi_region: flag("isMultiRegionTrail"),
            global_events: trail.get("includeGlobalServiceEvents").flag(),
            asks_for_one_region: false,
            answered: true,
        }
    }

    /// `UpdateTrail` is partial and the response holds the resulting state, so the response decides if it was recorded.
    /// "No key" has three forms: `CreateTrail` does not have the member, the member is empty, or the response does not
    /// have it.
    fn read(call: &Call<'_>) -> TrailSettings {
        let created = call.name == "CreateTrail";
        let answered = call.response(&["trailARN"]).is_present() || call.response(&["name"]).is_present();
        let key = match answered {
            true => call.response(&["kmsKeyId"]).text(),
            false => call.request(&["kmsKeyId"]).text(),
        };
        let flag = |response: &str, request: &str| {
            let result = if answered { call.response(&[response]).flag() } else { Field::Absent };
            result.or(|| call.request(&[request]).flag())
        };
        // the API documents this default of a new trail; an update keeps what it does not name
        let or_default = |flag: Field<bool>| flag.or(|| if created { Field::Present(false) } else { Field::Absent });
        TrailSettings {
            key: match key {
                Field::Present("") => Field::Present(None),
                Field::Absent if answered || created => Field::Present(None),
                text => text.map(|given| Some(KeyRef::read(given, call.scope))),
            },
            log_validation: or_default(flag("logFileValidationEnabled", "enableLogFileValidation")),
            multi_region: or_default(flag("isMultiRegionTrail", "isMultiRegionTrail")),
            global_events: flag("includeGlobalServiceEvents", "includeGlobalServiceEvents"),
            asks_for_one_region: call.request(&["isMultiRegionTrail"]).flag() == Field::Present(false),
            answered,
        }
    }

    /// True if the record has no response, and the request does not show everything. Global services do not count: AWS
    /// rejects a trail of all Regions without them.
    fn is_incomplete(&self) -> bool {
        let is_known = self.key.as_ref().value().is_some()
            && self.log_validation.value().is_some()
            && self.multi_region.value().is_some();
        !self.answered && !is_known
    }

    fn fill(&mut self, trail: Node<'_>, scope: Scope<'_>) {
        let key = described_key(trail, scope);
        let flag = |member: &str| trail.get(member).flag();
        self.key = std::mem::replace(&mut self.key, Field::Absent).or_fill(|| key);
        self.log_validation = self.log_validation.or_fill(|| flag("logFileValidationEnabled"));
        self.multi_region = self.multi_region.or_fill(|| flag("isMultiRegionTrail"));
        self.global_events = self.global_events.or_fill(|| flag("includeGlobalServiceEvents"));
    }
}

/// The key in the answer of `GetTrail`, which shows none if there is none.
fn described_key(trail: Node<'_>, scope: Scope<'_>) -> Field<Option<KeyRef>> {
    match trail.get("kmsKeyId").text() {
        Field::Absent | Field::Present("") => Field::Present(None),
        text => text.map(|given| Some(KeyRef::read(given, scope))),
    }
}

impl OtherTrails {
    /// The trails besides the one with this ARN, from the answer of `DescribeTrails`, which lists every trail that records
    /// the Region of the call: also those of other home Regions and of the organization. `None` if it has no list.
    ///
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>
    pub(crate) fn read(answer: Node<'_>, arn: &str) -> Option<OtherTrails> {
        let list = answer.get("trailList").value()?.as_array()?;
        let mut others = OtherTrails::None;
        for trail in list.iter().map(Field::Present) {
            if trail.get("trailARN").text() == Field::Present(arn) {
                continue;
            }
            let is_complete = trail.get("isMultiRegionTrail").flag() == Field::Present(true)
                && trail.get("hasCustomEventSelectors").flag() == Field::Present(false);
            if is_complete {
                let name = trail.get("name").text().value().unwrap_or("(unnamed)");
                return Some(OtherTrails::Complete(name.to_owned()));
            }
            others = OtherTrails::Partial;
        }
        Some(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::testing::with_call;
    use serde_json::{Value, json};

    #[test]
    fn a_trail_is_named_by_its_name_or_its_arn_and_belongs_to_its_home_region() {
        const HOME: &str = "arn:aws:cloudtrail:sa-east-1:111122223333:trail/audit";
        const HERE: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";
        for (call, request, response, arn) in [
            ("StopLogging", json!({"name": "audit"}), json!(null), HERE),
            ("StartLogging", json!({"name": HOME}), json!(null), HOME),
            ("DeleteTrail", json!({"name": HOME}), json!(null), HOME),
            ("PutEventSelectors", json!({"trailName": "audit"}), json!(null), HERE),
            ("PutEventSelectors", json!({"trailName": "audit"}), json!({"trailARN": HOME}), HOME),
            ("PutEventSelectors", json!({"TrailName": HOME}), json!({"TrailARN": HOME}), HOME),
            ("UpdateTrail", json!({"name": HOME}), json!({"name": "audit", "trailARN": HOME}), HOME),
            ("UpdateTrail", json!({"Name": HOME}), json!(null), HOME),
        ] {
            let record = json!({"requestParameters": request, "responseElements": response});
            with_call(call, record, |made| {
                let (resource, _) = CloudTrailTrail::read(made);
                assert_eq!((resource.arn.as_deref(), resource.name.as_str()), (Some(arn), "audit"), "{call} {request}");
                assert!(arn.contains(made.resource_region()), "{call} {request}");
            });
        }
    }

    #[test]
    fn an_update_without_an_answer_lacks_settings_unless_it_names_all_that_count() {
        let all = json!({"kmsKeyId": "alias/logs", "enableLogFileValidation": true, "isMultiRegionTrail": true});
        let lacks = |name: &str, request: &Value, response: Value| {
            let record = json!({"requestParameters": request, "responseElements": response});
            with_call(name, record, |call| CloudTrailTrail::read(call).1.lacks_settings())
        };
        assert!(!lacks("UpdateTrail", &all, json!(null)));
        for member in ["kmsKeyId", "enableLogFileValidation", "isMultiRegionTrail"] {
            let mut request = all.clone();
            request.as_object_mut().unwrap().remove(member);
            assert!(lacks("UpdateTrail", &request, json!(null)), "{member}");
            assert!(!lacks("UpdateTrail", &request, json!({"name": "audit"})), "the answer has the result");
            assert!(!lacks("CreateTrail", &request, json!(null)), "the API documents the defaults");
        }
        assert!(!lacks("StopLogging", &json!({"name": "audit"}), json!(null)));
    }

    #[test]
    fn a_trail_of_all_regions_and_events_makes_up_for_another() {
        const OWN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";
        let trail = |name: &str, all_regions: bool, own_selectors: bool| {
            json!({"Name": name, "TrailARN": OWN.replace("audit", name), "IsMultiRegionTrail": all_regions,
                "HasCustomEventSelectors": own_selectors})
        };
        for (list, want) in [
            (json!([]), Some(OtherTrails::None)),
            (json!([trail("audit", true, false)]), Some(OtherTrails::None)),
            (json!([trail("audit", true, false), trail("local", false, false)]), Some(OtherTrails::Partial)),
            (json!([trail("data", true, true)]), Some(OtherTrails::Partial)),
            (
                json!([trail("data", true, true), trail("org", true, false)]),
                Some(OtherTrails::Complete("org".to_owned())),
            ),
            (json!([{"TrailARN": "?"}]), Some(OtherTrails::Partial)),
            (json!("***"), None),
        ] {
            let answer = json!({ "trailList": list });
            assert_eq!(OtherTrails::read(Field::Present(&answer), OWN), want, "{answer}");
        }
    }
}
