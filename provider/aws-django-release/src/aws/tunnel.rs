//! Systems Manager and RDS. Their clients are made for the one command that needs them.

use async_trait::async_trait;
use aws_sdk_ssm::types::{InstanceInformationStringFilter, PingStatus};

use super::{Aws, error};
use crate::cloud::{Base, DbInstance, Forward, Host, Result, Session};

#[async_trait]
impl Base for Aws {
    async fn find_hosts(&self, tags: &[(&str, &str)]) -> Result<Vec<Host>> {
        let action = "ssm:DescribeInstanceInformation";
        let filter = |(key, value): &(&str, &str)| {
            InstanceInformationStringFilter::builder().key(format!("tag:{key}")).values(*value).build()
        };
        let filters: std::result::Result<Vec<_>, _> = tags.iter().map(filter).collect();
        // The builder wants keys and values, which are given.
        let call = self.ssm().await.describe_instance_information().set_filters(filters.ok());
        let answer = call.send().await.map_err(|it| error::of(action, "the bastion", &it))?;
        let hosts =
            answer.instance_information_list.unwrap_or_default().into_iter().filter_map(|it| {
                Some(Host { id: it.instance_id?, is_online: it.ping_status == Some(PingStatus::Online) })
            });
        Ok(hosts.collect())
    }

    async fn describe_db_instance(&self, identifier: &str) -> Result<DbInstance> {
        let rds = aws_sdk_rds::Client::new(&self.clients().await.config);
        let answer = rds.describe_db_instances().db_instance_identifier(identifier).send().await;
        let answer = answer.map_err(|it| error::of("rds:DescribeDBInstances", identifier, &it))?;
        let Some(it) = answer.db_instances.unwrap_or_default().into_iter().next() else {
            return Ok(DbInstance::default());
        };
        let port = it.endpoint.as_ref().and_then(|endpoint| endpoint.port).and_then(|port| u16::try_from(port).ok());
        Ok(DbInstance {
            host: it.endpoint.and_then(|endpoint| endpoint.address),
            port: port.unwrap_or_default(),
            user: it.master_username.unwrap_or_default(),
            secret: it.master_user_secret.and_then(|secret| secret.secret_arn),
        })
    }

    async fn start_session(&self, forward: &Forward) -> Result<Session> {
        let call = self.ssm().await.start_session().target(&forward.target).document_name(Forward::DOCUMENT);
        let parameters = forward.parameters().into_iter();
        let call = parameters.fold(call, |call, (name, value)| call.parameters(name, vec![value]));
        let answer = call.send().await.map_err(|it| error::of("ssm:StartSession", &forward.target, &it))?;
        Ok(Session {
            id: answer.session_id.unwrap_or_default(),
            url: answer.stream_url.unwrap_or_default(),
            token: answer.token_value.unwrap_or_default(),
            endpoint: self.clients().await.endpoint("ssm"),
        })
    }

    async fn terminate_session(&self, id: &str) -> Result<()> {
        let answer = self.ssm().await.terminate_session().session_id(id).send().await;
        answer.map(drop).map_err(|it| error::of("ssm:TerminateSession", id, &it))
    }
}

impl Aws {
    pub(super) async fn ssm(&self) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(&self.clients().await.config)
    }

    /// That of another region, perhaps.
    pub(super) async fn ssm_in(&self, region: &str) -> aws_sdk_ssm::Client {
        let config = aws_sdk_ssm::config::Builder::from(&self.clients().await.config);
        aws_sdk_ssm::Client::from_conf(config.region(aws_config::Region::new(region.to_owned())).build())
    }
}
