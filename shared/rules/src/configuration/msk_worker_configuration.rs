//! Worker configurations of MSK Connect: `CreateWorkerConfiguration`.
//!
//! <https://docs.aws.amazon.com/MSKC/latest/mskc/API_CreateWorkerConfiguration.html>

use crate::configuration::call::Call;
use crate::configuration::resource::Resource;
use crate::connector::{Report, Settings, analyze_worker};
use crate::language::Text;

/// What a call says about a worker configuration.
#[derive(Debug, Clone)]
pub(crate) struct MskWorkerConfiguration {
    /// The analysis of its properties, or why they are not known. The API model marks them as sensitive, so CloudTrail
    /// redacts them.
    pub report: Result<Box<Report>, Text>,
    /// True if it sets no property.
    pub empty: bool,
    /// True if the properties are not known because the worker configuration was deleted.
    pub deleted: bool,
}

impl MskWorkerConfiguration {
    /// Reads a call on a worker configuration.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, MskWorkerConfiguration) {
        let content = call.request(&["propertiesFileContent"]).text();
        let settings = match content.value() {
            None => Err(content.missing("propertiesFileContent")),
            Some(encoded) => Settings::from_base64_properties(encoded)
                .ok_or(Text::literal("`propertiesFileContent` is truncated or not base64")),
        };
        let arn = call.arn("workerConfigurationArn", "workerConfigurationArn");
        let resource = Resource::new("AWS::KafkaConnect::WorkerConfiguration", arn, call.requested("name"));
        (resource, MskWorkerConfiguration::new(settings))
    }

    /// A worker configuration that exists. Nothing is known about it yet.
    pub(crate) fn existing() -> MskWorkerConfiguration {
        MskWorkerConfiguration::new(Err(Text::literal("the worker configuration was not looked up")))
    }

    /// A worker configuration with these properties, or with the reason why they are not known.
    pub(crate) fn new(settings: Result<Settings, Text>) -> MskWorkerConfiguration {
        let empty = settings.as_ref().is_ok_and(Settings::is_empty);
        let report = settings.map(|settings| Box::new(analyze_worker(&settings)));
        MskWorkerConfiguration { report, empty, deleted: false }
    }
}
