//! How many tasks of a process there are in production.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "a check takes a reference to what it checks")]

use pulumi_component::{Args, Input, Problem, problem};

use crate::components::app::{Count, Scaling};

/// Between which numbers a process has tasks, and what decides.
#[derive(Args)]
#[args(check = ScalingArgs::check)]
pub struct ScalingArgs {
    /// Least number of tasks, from 1 on. Changing it updates `appautoscaling.Target`, and `ecs.Service`, by a tag alone.
    #[args(check = check_count)]
    min_count: u32,
    /// Greatest number of tasks. Changing it updates `appautoscaling.Target`.
    #[args(check = check_count)]
    max_count: u32,
    /// How busy the tasks shall be on average, in percent of their CPU, from 10 to 90: with more there are more tasks, with
    /// less there are fewer. Changing it updates `appautoscaling.Policy`.
    #[args(default = 60, check = check_percent)]
    target_cpu_percent: Input<u32>,
}

/// Between which numbers a process that answers HTTP has tasks, and what decides.
#[derive(Args)]
pub struct WebScalingArgs {
    #[args(flatten)]
    scaling: ScalingArgs,
    /// How many requests a task shall get in a minute, if that decides as well: the greater of the two numbers counts.
    /// Changing it adds or removes `appautoscaling.Policy`.
    #[args(check = check_requests)]
    requests_per_target: Option<Input<u32>>,
}

impl ScalingArgs {
    pub(super) fn scaling(&self) -> Scaling<'_> {
        let Self { min_count, max_count, target_cpu_percent } = self;
        Scaling { min_count: *min_count, max_count: *max_count, target_cpu_percent, requests_per_target: None }
    }

    fn check(&self) -> Vec<Problem> {
        let Self { min_count, max_count, .. } = self;
        let reason = format!("is {min_count}, which is more than `maxCount`, {max_count}: raise that, or lower this");
        (min_count > max_count).then(|| problem(["minCount".into()], reason)).into_iter().collect()
    }
}

impl WebScalingArgs {
    pub(super) fn scaling(&self) -> Scaling<'_> {
        Scaling { requests_per_target: self.requests_per_target.as_ref(), ..self.scaling.scaling() }
    }
}

/// How many tasks a process has: so many, or as many as it needs, or `default`.
pub(super) fn count(desired_count: Option<u32>, scaling: Option<Scaling<'_>>, default: u32) -> Count<'_> {
    scaling.map_or(Count::Fixed(desired_count.unwrap_or(default)), Count::Scaled)
}

/// What is wrong with a number that is given beside what decides it.
pub(super) fn check_one(desired_count: Option<u32>, has_scaling: bool) -> Vec<Problem> {
    let reason = "is given beside `scaling`, which decides the number of tasks: leave one of them out";
    let both = desired_count.is_some() && has_scaling;
    both.then(|| problem(["desiredCount".into()], reason)).into_iter().collect()
}

fn check_count(count: &u32) -> Result<(), String> {
    if (1..=10_000).contains(count) {
        return Ok(());
    }
    Err("must be from 1 to 10000: with no task a process is switched off, which its `desiredCount` can say".to_owned())
}

fn check_percent(percent: &u32) -> Result<(), String> {
    if (10..=90).contains(percent) { Ok(()) } else { Err("must be from 10 to 90 percent".to_owned()) }
}

fn check_requests(requests: &u32) -> Result<(), String> {
    if *requests > 0 { Ok(()) } else { Err("must be at least 1 request a minute".to_owned()) }
}
