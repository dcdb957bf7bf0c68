//! An alarm on what CloudWatch measures.

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
    pub(crate) measured: Measured<'a>,
    pub(crate) beyond: Beyond,
    pub(crate) threshold: Output<f64>,
    /// For how many minutes it has to be so.
    pub(crate) minutes: Output<u32>,
    /// Topic of SNS that is told, also when it is over, if anybody is.
    pub(crate) topic_arn: Option<&'a Output<String>>,
    pub(crate) tags: &'a Tags,
}

/// What is measured.
pub(crate) enum Measured<'a> {
    /// One metric.
    One(Metric<'a>),
    /// How much more there is of the first than of the second.
    Difference(Metric<'a>, Metric<'a>),
}

/// A metric of somebody's, minute by minute.
pub(crate) struct Metric<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    /// Whose it is.
    pub(crate) dimensions: BTreeMap<String, Output<String>>,
    /// What is taken of a minute: `Average`, `Maximum`, `Minimum`, `Sum`, or a percentile such as `p95`.
    pub(crate) statistic: &'a str,
}

/// On which side of the threshold something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beyond {
    Above,
    Below,
}

const MINUTE_SECONDS: u32 = 60;

/// Registers the alarm, and tells its name.
pub(crate) fn build(cx: &Context, spec: Spec<'_>) -> Output<String> {
    let operator = match spec.beyond {
        Beyond::Above => "GreaterThanThreshold",
        Beyond::Below => "LessThanThreshold",
    };
    let alarm = cloudwatch::MetricAlarm::new(spec.role)
        .alarm_description(spec.about)
        .comparison_operator(operator)
        .threshold(spec.threshold)
        .evaluation_periods(spec.minutes)
        // Without requests there is no metric of requests.
        .treat_missing_data("notBreaching")
        .alarm_actions(spec.topic_arn.map(|topic| [topic]))
        .ok_actions(spec.topic_arn.map(|topic| [topic]))
        .tags(spec.tags.of(spec.role));
    measuring(alarm, spec.measured).register(cx).name
}

fn measuring(alarm: cloudwatch::MetricAlarm, measured: Measured<'_>) -> cloudwatch::MetricAlarm {
    match measured {
        Measured::One(Metric { namespace, name, dimensions, statistic }) => {
            let is_percentile = statistic.starts_with('p');
            alarm
                .namespace(namespace)
                .metric_name(name)
                .dimensions(dimensions)
                .period(MINUTE_SECONDS)
                .statistic((!is_percentile).then_some(statistic))
                .extended_statistic(is_percentile.then_some(statistic))
        }
        Measured::Difference(first, second) => {
            let difference = cloudwatch::MetricAlarmMetricQuery::new()
                .id("difference")
                .label("difference")
                .expression("first - second")
                .return_data(true);
            alarm.metric_queries([difference, query("first", first), query("second", second)])
        }
    }
}

fn query(id: &str, metric: Metric<'_>) -> cloudwatch::MetricAlarmMetricQuery {
    let Metric { namespace, name, dimensions, statistic } = metric;
    let metric = cloudwatch::MetricAlarmMetricQueryMetric::new()
        .namespace(namespace)
        .metric_name(name)
        .dimensions(dimensions)
        .period(MINUTE_SECONDS)
        .stat(statistic);
    cloudwatch::MetricAlarmMetricQuery::new().id(id).metric(metric).return_data(false)
}
