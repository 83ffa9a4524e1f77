//! The AWS clients, built from one configuration, so that they share connections.

use std::sync::LazyLock;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};

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

impl Clients {
    /// Reads the configuration from the environment that Lambda sets.
    ///
    /// # Errors
    /// Says what is wrong with the file of `AWS_CA_BUNDLE`.
    pub(crate) async fn load() -> Result<Clients, String> {
        // a dated version: a newer SDK must not change time-outs and retries by itself
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(trust::http_client()?)
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).build());
        // Lambda sets both; where it does not, the SDK looks wherever else they may be
        if variable("AWS_ACCESS_KEY_ID").is_some() {
            loader = loader.credentials_provider(EnvironmentVariableCredentialsProvider::new());
        }
        if let Some(region) = variable("AWS_REGION") {
            loader = loader.region(Region::new(region));
        }
        let config = loader.load().await;
        let for_sns = config.clone();
        Ok(Clients { config, sns: Lazy::new(Box::new(move || aws_sdk_sns::Client::new(&for_sns))) })
    }
}
