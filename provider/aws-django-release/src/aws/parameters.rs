//! Parameters of Systems Manager.

use async_trait::async_trait;
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterTier, ParameterType, ResourceTypeForTagging, Tag};

use super::{Aws, error};
use crate::cloud::{Error, Kind, Parameter, Parameters, PutParameter, Result, Tags};

#[async_trait]
impl Parameters for Aws {
    async fn describe_parameters(&self, path: &str) -> Result<Vec<Parameter>> {
        let filter = ParameterStringFilter::builder().key("Path").option("OneLevel").values(path).build();
        // The builder wants a key, which is given.
        let call = self.ssm().await.describe_parameters().set_parameter_filters(filter.ok().map(|it| vec![it]));
        let pages = call.into_paginator().send().collect::<std::result::Result<Vec<_>, _>>().await;
        let pages = pages.map_err(|it| error::of("ssm:DescribeParameters", path, &it))?;
        let parameter = |it: aws_sdk_ssm::types::ParameterMetadata| Parameter {
            name: it.name.unwrap_or_default(),
            is_secure: it.r#type == Some(ParameterType::SecureString),
            key: it.key_id,
            tier: it.tier.map(|tier| tier.as_str().to_owned()),
            version: it.version,
            at: it.last_modified_date.and_then(|at| at.to_millis().ok()).unwrap_or_default(),
        };
        Ok(pages.into_iter().flat_map(|page| page.parameters.unwrap_or_default()).map(parameter).collect())
    }

    async fn parameter_tags(&self, name: &str) -> Result<Tags> {
        let call = self.ssm().await.list_tags_for_resource().resource_type(ResourceTypeForTagging::Parameter);
        let answer = call.resource_id(name).send().await;
        let answer = answer.map_err(|it| error::of("ssm:ListTagsForResource", name, &it))?;
        Ok(answer.tag_list.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    async fn put_parameter(&self, put: &PutParameter) -> Result<i64> {
        let call =
            self.ssm().await.put_parameter().name(&put.name).value(&put.value.0).r#type(ParameterType::SecureString);
        let call = call.set_key_id(put.key.clone()).overwrite(put.tags.is_none());
        let call = call.set_tier(put.tier.as_deref().map(ParameterTier::from));
        // The builder wants keys and values, which are given.
        let tags =
            put.tags.iter().flatten().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok());
        let tags: Vec<_> = tags.collect();
        let call = call.set_tags((!tags.is_empty()).then_some(tags));
        let answer =
            call.send().await.map_err(|it| without_value(error::of("ssm:PutParameter", &put.name, &it), put))?;
        Ok(answer.version)
    }

    async fn delete_parameter(&self, name: &str) -> Result<()> {
        let answer = self.ssm().await.delete_parameter().name(name).send().await;
        answer.map(drop).map_err(|it| error::of("ssm:DeleteParameter", name, &it))
    }
}

/// AWS repeats a value that it does not take, whole or cut.
fn without_value(error: Error, put: &PutParameter) -> Error {
    let is_about_value = matches!(error.kind, Kind::Invalid | Kind::Other) || error.text.contains(&put.value.0);
    if !is_about_value {
        return error;
    }
    let head = error.text.split(": ").take(2).collect::<Vec<_>>().join(": ");
    let text = format!("{head}: what AWS says is not shown, since it may repeat the value");
    Error { text: text.replace(&put.value.0, "…"), ..error }
}
