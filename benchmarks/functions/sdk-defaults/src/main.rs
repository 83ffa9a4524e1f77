//! A function as in the first examples of the AWS SDK and the Lambda runtime: it publishes each event to SNS, with
//! default features and without evaluating rules.

use aws_config::BehaviorVersion;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::value::RawValue;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let sns = aws_sdk_sns::Client::new(&config);
    let topic = std::env::var("SEALWATCH_TOPIC_ARN")?;
    let publish = |event: LambdaEvent<Box<RawValue>>| {
        let call = sns.publish().topic_arn(&topic).message(event.payload.get());
        async { call.send().await.map(|_| ()).map_err(Error::from) }
    };
    lambda_runtime::run(service_fn(publish)).await
}
