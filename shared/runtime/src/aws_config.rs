//! The configuration of all AWS clients: for a function, from the variables that Lambda sets; for the command line, from
//! wherever the AWS CLI finds it.
//!
//! Both use the same kind of HTTP client, so `AWS_CA_BUNDLE` applies to both. Proxies apply to the command line.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::profile;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_sdk_sns::config::SharedCredentialsProvider;
use aws_sdk_sns::error::DisplayErrorContext;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::environment::variable;
use crate::tls;

/// An attempt that takes longer is abandoned, and the call is tried again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);

/// A call of a function that takes longer, with all its attempts, fails. All calls that one event may need, one after the
/// other, then end before the function's time limit.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);

/// A connection that takes longer is abandoned; the SDK's own default.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// The attempts of a look-up from a laptop, with growing pauses: an account's quota is shared with everything else in it.
const LOOKUP_ATTEMPTS: u32 = 8;

/// A dated version: a newer SDK must not change defaults by itself.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// The configuration of a function, from the environment that Lambda sets. It always holds credentials and Region, so
/// no file, container or instance is asked for them.
///
/// # Errors
/// Says what is missing, or wrong with the file of `AWS_CA_BUNDLE`.
pub(crate) fn function_config() -> Result<SdkConfig, String> {
    function_config_from(&variable)
}

fn function_config_from(variable: &dyn Fn(&str) -> Option<String>) -> Result<SdkConfig, String> {
    let region = variable("AWS_REGION")
        .ok_or("AWS_REGION is not set: Lambda sets it; set it yourself if you run the function elsewhere")?;
    let is_true = |name| variable(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT);
    let config = SdkConfig::builder()
        .behavior_version(behavior())
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(tls::http_client()?)
        .region(Region::new(region))
        .retry_config(RetryConfig::standard())
        .service_config(Endpoints)
        .timeout_config(timeouts.build())
        .use_dual_stack(is_true("AWS_USE_DUALSTACK_ENDPOINT"))
        .use_fips(is_true("AWS_USE_FIPS_ENDPOINT"));
    Ok(config.build())
}

/// The configuration of the command line, found as the AWS CLI finds it: credentials in the environment, in the profile
/// of this name or the default one, of a container or an instance.
///
/// # Errors
/// Says that there is no such profile, or what is wrong with the file of `AWS_CA_BUNDLE`. Missing credentials only show in
/// the first call.
pub async fn laptop_config(profile: Option<&str>) -> Result<SdkConfig, String> {
    load_laptop_config(profile, RetryConfig::standard(), TimeoutConfig::builder().build()).await
}

/// [`laptop_config`] for look-ups, whose responses are short: an attempt that hangs is tried again, and a throttled one more
/// often.
///
/// # Errors
/// As [`laptop_config`].
pub(crate) async fn laptop_config_for_lookups(profile: Option<&str>) -> Result<SdkConfig, String> {
    let retries = RetryConfig::standard().with_max_attempts(LOOKUP_ATTEMPTS);
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
    load_laptop_config(profile, retries, timeouts).await
}

async fn load_laptop_config(
    profile: Option<&str>,
    retries: RetryConfig,
    timeouts: TimeoutConfig,
) -> Result<SdkConfig, String> {
    let mut loader = aws_config::defaults(behavior())
        .http_client(tls::laptop_http_client()?)
        .retry_config(retries)
        .timeout_config(timeouts);
    if let Some(profile) = profile {
        check_profile(profile).await?;
        loader = loader.profile_name(profile);
    }
    Ok(loader.load().await)
}

/// Fails if there is no such profile. The SDK would only say that it found no credentials anywhere.
async fn check_profile(name: &str) -> Result<(), String> {
    let profiles = profile::load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), None).await;
    let profiles = profiles.map_err(|error| format!("the profiles cannot be read: {}", DisplayErrorContext(error)))?;
    match profiles.get_profile(name) {
        Some(_) => Ok(()),
        None => Err(format!("there is no AWS profile `{name}`; `aws configure list-profiles` lists yours")),
    }
}

/// The same configuration for another Region.
pub(crate) fn in_region(config: &SdkConfig, region: &str) -> SdkConfig {
    config.to_builder().region(Region::new(region.to_owned())).build()
}

/// `AWS_ENDPOINT_URL_<SERVICE>`, or else `AWS_ENDPOINT_URL`.
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
    fn region_and_endpoint_variants_are_read_from_the_environment() {
        let read = |set: &'static [(&str, &str)]| {
            let variable =
                move |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
            function_config_from(&variable).map(|config| {
                (config.region().map(ToString::to_string).unwrap(), config.use_fips(), config.use_dual_stack())
            })
        };
        assert!(read(&[]).unwrap_err().contains("AWS_REGION is not set"));
        assert_eq!(read(&[("AWS_REGION", "eu-west-1")]), Ok(("eu-west-1".to_owned(), Some(false), Some(false))));
        let gov = read(&[("AWS_REGION", "us-gov-west-1"), ("AWS_USE_FIPS_ENDPOINT", "True")]);
        assert_eq!(gov, Ok(("us-gov-west-1".to_owned(), Some(true), Some(false))));
        let both =
            read(&[("AWS_REGION", "r"), ("AWS_USE_DUALSTACK_ENDPOINT", "true"), ("AWS_USE_FIPS_ENDPOINT", "no")]);
        assert_eq!(both, Ok(("r".to_owned(), Some(false), Some(true))));
    }

    #[test]
    fn the_calls_of_an_event_end_before_the_time_limit_of_the_function() {
        let template = include_str!("../../../infra/sam/template.yaml");
        let limit = template.lines().find_map(|line| line.trim().strip_prefix("Timeout: ")).unwrap();
        let limit = Duration::from_secs(limit.parse().unwrap());
        // the longest chain: the role, a connector's update, the connector, its worker configuration, a key; then the
        // schedule and the message
        let calls = 1 + 4 + 2;
        assert!(OPERATION_TIMEOUT * calls + crate::handler::MARGIN <= limit, "{limit:?}");
        // an attempt that hangs is repeated in full
        assert!(ATTEMPT_TIMEOUT * 2 <= OPERATION_TIMEOUT && CONNECT_TIMEOUT < ATTEMPT_TIMEOUT);
    }
}
