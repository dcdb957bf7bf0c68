//! What is watched of an app.

use std::collections::BTreeMap;

use pulumi_component::{Context, Error, Output};

use crate::blocks::alarm::{self, Beyond, Measured, Metric};
use crate::components::base::BaseOutputs;
use crate::names::Tags;

/// Of whose tasks, and who is told.
pub(super) struct Watch<'a> {
    /// Without one only those alarms are made that take a deployment back.
    pub(super) topic_arn: Option<&'a Output<String>>,
    pub(super) cluster: &'a Output<String>,
    pub(super) tags: &'a Tags,
}

/// How many answers with an error of the server a minute may have. Single ones happen; more, minute after minute, are a
/// defect.
const SERVER_ERRORS: f64 = 5.0;

/// How many seconds all but the slowest twentieth of the answers may take.
const SLOW_SECONDS: f64 = 3.0;

/// How busy tasks and caches may be, in percent, for a quarter of an hour: until then autoscaling has had its time.
const BUSY_PERCENT: f64 = 90.0;
const BUSY_MINUTES: u32 = 15;

/// For how many minutes a service may have fewer tasks than it is meant to have: a deployment stops some and starts others.
const FEW_MINUTES: u32 = 10;

/// What takes a deployment back, minute after minute.
const MINUTES: u32 = 3;

/// How slow answers may be for so long.
const SLOW_MINUTES: u32 = 5;

/// The last part of the load balancer's ARN. A base that is written by hand may lack it.
pub(super) fn load_balancer(base: &BaseOutputs) -> Output<String> {
    base.load_balancer_arn_suffix.try_map(|suffix: Option<String>| {
        let reason = "has no `loadBalancerArnSuffix`, by which CloudWatch names the load balancer: alarms and scaling by \
                      requests need it";
        suffix.ok_or_else(|| Error::argument("base", reason))
    })
}

impl Watch<'_> {
    /// What answers HTTP. The names of those alarms that take a deployment back.
    pub(super) fn site(
        &self,
        cx: &Context,
        process: &str,
        load_balancer: &Output<String>,
        targets: &Output<String>,
        grace_seconds: &Output<u32>,
    ) -> Vec<Output<String>> {
        let of_targets = |name, statistic| {
            let dimensions = [("LoadBalancer", load_balancer.clone()), ("TargetGroup", targets.clone())];
            one("AWS/ApplicationELB", name, &dimensions, statistic)
        };
        let errors =
            format!("`{process}` has answered more than five requests a minute with an error: look at its logs");
        let errors = self.alarm(
            cx,
            &format!("{process}-5xx"),
            &errors,
            of_targets("HTTPCode_Target_5XX_Count", "Sum"),
            Threshold::above(SERVER_ERRORS, MINUTES),
        );
        let unhealthy = format!("Tasks of `{process}` have not been healthy for minutes: look at their logs");
        // A task that has just started has its grace.
        let minutes = grace_seconds.map(|seconds: u32| seconds.div_ceil(60).saturating_add(MINUTES));
        let unhealthy = self.alarm(
            cx,
            &format!("{process}-unhealthy"),
            &unhealthy,
            of_targets("UnHealthyHostCount", "Maximum"),
            Threshold { minutes, ..Threshold::above(0.0, MINUTES) },
        );
        if self.topic_arn.is_none() {
            return vec![errors, unhealthy];
        }
        let slow = format!("One of twenty answers of `{process}` has taken more than three seconds for five minutes");
        self.alarm(
            cx,
            &format!("{process}-latency"),
            &slow,
            of_targets("TargetResponseTime", "p95"),
            Threshold::above(SLOW_SECONDS, SLOW_MINUTES),
        );
        vec![errors, unhealthy]
    }

    /// The tasks of a service.
    pub(super) fn service(&self, cx: &Context, process: &str, service: &str) {
        if self.topic_arn.is_none() {
            return;
        }
        let dimensions = [("ClusterName", self.cluster.clone()), ("ServiceName", Output::known(service))];
        for (role, name, about) in [
            ("cpu", "CPUUtilization", "busier than 90 %: give it more `cpuUnits`, or more tasks"),
            ("memory", "MemoryUtilization", "using more than 90 % of their memory: give it more `memoryMib`"),
        ] {
            let about = format!("Tasks of `{process}` have been {about}");
            let measured = one("AWS/ECS", name, &dimensions, "Average");
            self.alarm(
                cx,
                &format!("{process}-{role}"),
                &about,
                measured,
                Threshold::above(BUSY_PERCENT, BUSY_MINUTES),
            );
        }
        let few =
            format!("`{process}` has had fewer tasks than it is meant to have for ten minutes: look at its events");
        let insight = |name| metric("ECS/ContainerInsights", name, &dimensions, "Average");
        let missing = Measured::Difference(insight("DesiredTaskCount"), insight("RunningTaskCount"));
        self.alarm(cx, &format!("{process}-running"), &few, missing, Threshold::above(0.0, FEW_MINUTES));
    }

    /// The servers of a cache.
    pub(super) fn cache(&self, cx: &Context, role: &str, id: &Output<String>) {
        if self.topic_arn.is_none() {
            return;
        }
        let about = "The cache has had more than 90 % of its memory in use, and soon forgets what Django keeps in it: give \
                     it a larger `nodeType`";
        // Of the node that is written to; each has all the data.
        let node = id.map(|id: String| format!("{id}-001"));
        let measured = one("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", &[("CacheClusterId", node)], "Maximum");
        self.alarm(cx, &format!("{role}-memory"), about, measured, Threshold::above(BUSY_PERCENT, BUSY_MINUTES));
    }

    fn alarm(
        &self,
        cx: &Context,
        role: &str,
        about: &str,
        measured: Measured<'_>,
        threshold: Threshold,
    ) -> Output<String> {
        alarm::build(
            cx,
            alarm::Spec {
                role,
                about,
                measured,
                beyond: Beyond::Above,
                threshold: Output::known(threshold.value),
                minutes: threshold.minutes,
                topic_arn: self.topic_arn,
                tags: self.tags,
            },
        )
    }
}

/// What must not be passed, and for how long.
struct Threshold {
    value: f64,
    minutes: Output<u32>,
}

impl Threshold {
    fn above(value: f64, minutes: u32) -> Self {
        Self { value, minutes: Output::known(minutes) }
    }
}

fn one<'a>(
    namespace: &'a str,
    name: &'a str,
    dimensions: &[(&str, Output<String>)],
    statistic: &'a str,
) -> Measured<'a> {
    Measured::One(metric(namespace, name, dimensions, statistic))
}

fn metric<'a>(
    namespace: &'a str,
    name: &'a str,
    dimensions: &[(&str, Output<String>)],
    statistic: &'a str,
) -> Metric<'a> {
    let dimensions: BTreeMap<_, _> =
        dimensions.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Metric { namespace, name, dimensions, statistic }
}
