//! Logs and alarms.

use std::collections::BTreeMap;

use pulumi_component::{objects, resources};

resources! {
    super::VERSION;

    /// A log group.
    "aws:cloudwatch/logGroup:LogGroup" LogGroup {
        kms_key_id: String,
        name: String,
        retention_in_days: u32,
        tags: BTreeMap<String, String>,
    } => LogGroupState {
        arn: String,
        name: String,
    }

    /// What tells somebody that a metric is beyond a threshold.
    "aws:cloudwatch/metricAlarm:MetricAlarm" MetricAlarm {
        alarm_actions: Vec<String>,
        alarm_description: String,
        comparison_operator: String,
        dimensions: BTreeMap<String, String>,
        evaluation_periods: u32,
        extended_statistic: String,
        metric_name: String,
        metric_queries: Vec<MetricAlarmMetricQuery>,
        namespace: String,
        ok_actions: Vec<String>,
        period: u32,
        statistic: String,
        tags: BTreeMap<String, String>,
        threshold: f64,
        treat_missing_data: String,
    } => MetricAlarmState {
        name: String,
    }
}

objects! {
    MetricAlarmMetricQuery {
        expression: String,
        id: String,
        label: String,
        metric: MetricAlarmMetricQueryMetric,
        return_data: bool,
    }
    MetricAlarmMetricQueryMetric {
        dimensions: BTreeMap<String, String>,
        metric_name: String,
        namespace: String,
        period: u32,
        stat: String,
    }
}

/// The numbers of days for which a log group can keep its logs.
const RETENTION_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Whether CloudWatch takes this retention.
///
/// # Errors
/// Tells the values that it takes.
pub fn check_retention_days(days: &u32) -> Result<(), String> {
    if RETENTION_DAYS.contains(days) {
        return Ok(());
    }
    let all = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
    Err(format!("must be one of the numbers of days that CloudWatch takes: {all}"))
}
