//! The AWS clients, built from one configuration, so that they share connections.

use std::sync::LazyLock;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sns::config::SharedCredentialsProvider;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::config::variable;
use crate::trust;

/// The clients of a function.
#[derive(Debug)]
pub(crate) struct Clients {
    /// What clients of other services are built from, when they are first needed.
    pub(crate) config: SdkConfig,
    pub(crate) sns: Lazy<aws_sdk_sns::Client>,
}

/// A client that is made when it is first used. Making one takes a quarter of a start, for the SDK reads the list of
/// all Regions, and most events need none: they are compliant, or not of a watched call.
pub(crate) type Lazy<C> = LazyLock<C, Box<dyn FnOnce() -> C + Send>>;

/// One attempt of a call that takes longer is lost and made again.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(4);

/// A connection that is not there by then is tried again; the SDK's own default.
const CONNECT: Duration = Duration::from_millis(3100);

impl Clients {
    /// Reads the configuration from the environment that Lambda sets: credentials and Region are always there, and no
    /// file, container or instance has to be asked for them.
    ///
    /// # Errors
    /// Says what is missing, or wrong with the file of `AWS_CA_BUNDLE`.
    pub(crate) fn load() -> Result<Clients, String> {
        let config = configured(&variable)?;
        let for_sns = config.clone();
        Ok(Clients { config, sns: Lazy::new(Box::new(move || aws_sdk_sns::Client::new(&for_sns))) })
    }
}

fn configured(variable: &dyn Fn(&str) -> Option<String>) -> Result<SdkConfig, String> {
    let region =
        variable("AWS_REGION").ok_or("AWS_REGION is not set: Lambda sets it, and so must whoever runs this")?;
    let is_true = |name| variable(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT);
    let config = SdkConfig::builder()
        // a dated version: a newer SDK must not change defaults by itself
        .behavior_version(BehaviorVersion::v2026_01_12())
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(trust::http_client()?)
        .region(Region::new(region))
        .retry_config(RetryConfig::standard())
        .service_config(Endpoints)
        .timeout_config(timeouts.build())
        .use_dual_stack(is_true("AWS_USE_DUALSTACK_ENDPOINT"))
        .use_fips(is_true("AWS_USE_FIPS_ENDPOINT"));
    Ok(config.build())
}

/// `AWS_ENDPOINT_URL_<SERVICE>` and `AWS_ENDPOINT_URL`, the first before the second.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
#[derive(Debug)]
struct Endpoints;

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        variable(&format!("{}_{service}", key.env())).or_else(|| variable(key.env()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_and_kinds_of_endpoints_are_read_from_the_environment() {
        let of = |set: &'static [(&str, &str)]| {
            let found =
                move |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
            configured(&found).map(|config| {
                (config.region().map(ToString::to_string).unwrap(), config.use_fips(), config.use_dual_stack())
            })
        };
        assert!(of(&[]).unwrap_err().contains("AWS_REGION is not set"));
        assert_eq!(of(&[("AWS_REGION", "eu-west-1")]), Ok(("eu-west-1".to_owned(), Some(false), Some(false))));
        let gov = of(&[("AWS_REGION", "us-gov-west-1"), ("AWS_USE_FIPS_ENDPOINT", "True")]);
        assert_eq!(gov, Ok(("us-gov-west-1".to_owned(), Some(true), Some(false))));
        let both = of(&[("AWS_REGION", "r"), ("AWS_USE_DUALSTACK_ENDPOINT", "true"), ("AWS_USE_FIPS_ENDPOINT", "no")]);
        assert_eq!(both, Ok(("r".to_owned(), Some(false), Some(true))));
    }
}
