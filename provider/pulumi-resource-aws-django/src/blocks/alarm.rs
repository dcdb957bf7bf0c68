//! An alarm on one metric of CloudWatch.

use std::collections::BTreeMap;

use pulumi_component::{Context, Output};

use crate::aws::cloudwatch;
use crate::names::Tags;

/// What is not as it should be, and who is told.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    /// What it means, and what to do: the person who is woken reads it.
    pub(crate) about: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) metric: &'a str,
    /// Whose metric it is.
    pub(crate) dimensions: BTreeMap<String, Output<String>>,
    /// What is taken of a period: `Average`, `Maximum`, `Minimum` or `Sum`.
    pub(crate) statistic: &'a str,
    pub(crate) beyond: Beyond,
    pub(crate) threshold: Output<f64>,
    pub(crate) period_seconds: u32,
    /// For how many periods it has to be so.
    pub(crate) periods: u32,
    /// Topic of SNS that is told, also when it is over.
    pub(crate) topic_arn: &'a Output<String>,
    pub(crate) tags: &'a Tags,
}

/// On which side of the threshold something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beyond {
    Above,
    Below,
}

/// Registers the alarm.
pub(crate) fn build(cx: &Context, spec: Spec<'_>) -> Output<String> {
    let operator = match spec.beyond {
        Beyond::Above => "GreaterThanThreshold",
        Beyond::Below => "LessThanThreshold",
    };
    cloudwatch::MetricAlarm::new(spec.role)
        .alarm_description(spec.about)
        .namespace(spec.namespace)
        .metric_name(spec.metric)
        .dimensions(spec.dimensions)
        .statistic(spec.statistic)
        .comparison_operator(operator)
        .threshold(spec.threshold)
        .period(spec.period_seconds)
        .evaluation_periods(spec.periods)
        // Without requests there is no metric of requests.
        .treat_missing_data("notBreaching")
        .alarm_actions([spec.topic_arn])
        .ok_actions([spec.topic_arn])
        .tags(spec.tags.of(spec.role))
        .register(cx)
        .name
}
