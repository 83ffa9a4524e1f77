//! What a replay does with AWS, from a laptop and with whatever credentials the AWS CLI would use there: look-ups, which
//! are read-only, and publishing where that is asked for.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use sealwatch_rules::change::Change;
use sealwatch_rules::facts::Facts;
use sealwatch_rules::judge::Need;
use sealwatch_rules::notification::Notification;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::accounts::Account;
use crate::clients::ATTEMPT;
use crate::describe::{ALL, Answer, Asked};
use crate::lookup::{asking, in_region, region};
use crate::problem::explained;
use crate::publish::{publish, region_of_topic};
use crate::trust;

/// How many calls are under way at the same time.
const AT_ONCE: usize = 8;

/// A throttled call is made so often, with growing pauses.
const TRIES: u32 = 8;

/// Where STS is asked if nothing tells a Region.
const ANY_REGION: &str = "us-east-1";

/// One account that can be asked.
pub struct Live {
    runtime: Runtime,
    account: Account,
    id: String,
}

impl Live {
    /// Finds credentials: in the environment, in the profile of this name or the usual one, of a container or an instance.
    ///
    /// # Errors
    /// Says what to do where there are none, or where AWS does not take them.
    pub fn connect(profile: Option<&str>) -> Result<Live, String> {
        let (runtime, mut config) = configured(profile)?;
        let (account, id) = runtime.block_on(async {
            if config.region().is_none() {
                config = in_region(&config, ANY_REGION);
            }
            let caller = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
            let caller =
                caller.map_err(|error| format!("no look-ups without AWS credentials: {}", explained(&error)))?;
            let id = caller.account.ok_or("AWS does not tell whose the credentials are")?;
            Ok::<_, String>((Account::new(config, None), id))
        })?;
        Ok(Live { runtime, account, id })
    }

    /// The account of the credentials: no other is looked into, where the same names stand for other resources.
    pub fn account(&self) -> &str {
        &self.id
    }

    /// A question about a change, to be asked in the right Region.
    pub fn question(&self, need: Need, change: &Change<'_>) -> Question {
        Question { region: region(&need, change), need }
    }

    /// Asks everything, some at the same time, and adds what is answered to what is known. Where there is no answer, the
    /// reason is what is known. `step` is called after each.
    pub fn ask(&self, questions: Vec<Question>, facts: &mut Facts, step: &mut dyn FnMut()) {
        let mut waiting = questions.into_iter();
        self.runtime.block_on(async {
            let mut asked = JoinSet::new();
            loop {
                while asked.len() < AT_ONCE
                    && let Some(Question { need, region }) = waiting.next()
                {
                    let asking = asking(&ALL, &self.account, &region, &need);
                    asked.spawn(async move { (need, answer(asking).await) });
                }
                match asked.join_next().await {
                    None => return,
                    Some(Err(_)) => {} // it broke off, and its need stays open
                    Some(Ok((need, answer))) => answer.learn(need, facts),
                }
                step();
            }
        });
    }
}

/// A topic that findings are published to.
pub struct Topic {
    runtime: Runtime,
    sns: aws_sdk_sns::Client,
    arn: String,
}

impl Topic {
    /// Finds credentials as [`Live::connect`] does. Whether they do is seen when something is published.
    ///
    /// # Errors
    /// Says what is wrong with the ARN.
    pub fn connect(profile: Option<&str>, arn: &str) -> Result<Topic, String> {
        let region = region_of_topic(arn)?.to_owned();
        let (runtime, config) = configured(profile)?;
        let sns = aws_sdk_sns::Client::new(&in_region(&config, &region));
        Ok(Topic { runtime, sns, arn: arn.to_owned() })
    }

    /// Publishes one message.
    ///
    /// # Errors
    /// Says what SNS answered.
    pub fn publish(&self, notification: Notification) -> Result<(), String> {
        self.runtime.block_on(publish(&self.sns, &self.arn, notification))
    }
}

/// What clients are made from.
fn configured(profile: Option<&str>) -> Result<(Runtime, SdkConfig), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no async runtime: {error}"))?;
    let loader = loader(profile)?
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).build());
    let config = runtime.block_on(loader.load());
    Ok((runtime, config))
}

/// Loads the configuration of an AWS client: credentials and Region as the AWS CLI finds them, and the trusted roots.
///
/// # Errors
/// Says what is wrong with the file that `AWS_CA_BUNDLE` names.
pub async fn sdk_config(profile: Option<&str>) -> Result<SdkConfig, String> {
    Ok(loader(profile)?.load().await)
}

fn loader(profile: Option<&str>) -> Result<ConfigLoader, String> {
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(trust::http_client()?);
    Ok(match profile {
        Some(profile) => loader.profile_name(profile),
        None => loader,
    })
}

/// Something to ask, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    need: Need,
    region: String,
}

async fn answer(asking: Result<Asked, String>) -> Answer {
    let answer = match asking {
        Ok(asking) => asking.await,
        Err(why) => Err(why),
    };
    answer.unwrap_or_else(Answer::Unknown)
}
