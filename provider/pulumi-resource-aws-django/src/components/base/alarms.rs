//! What is watched of a base.

use std::collections::BTreeMap;

use pulumi_component::{Context, Output};

use super::args::ServerArgs;
use crate::blocks::alarm::{self, Beyond, Measured, Metric};
use crate::names::{self, Tags};

/// Who is told of what.
pub(super) struct Spec<'a> {
    pub(super) topic_arn: &'a Output<String>,
    pub(super) server: &'a ServerArgs,
    pub(super) tags: &'a Tags,
}

/// How busy a server may be, in percent: the threshold of CloudWatch's own recommended alarm for RDS.
const CPU_PERCENT: f64 = 90.0;

/// What must be free of the storage with which the server began. RDS enlarges the storage when a tenth is free (its guide
/// on storage autoscaling): who is told of less has reached the limit, or waits for the hours between two growths.
const FREE_STORAGE: f64 = 0.1;

const BYTES_PER_GIB: f64 = 1_073_741_824.0;

/// Registers the alarms.
pub(super) fn build(cx: &Context, spec: &Spec<'_>) {
    let server = names::server(cx.name());
    let watch = |role, about, (name, statistic), beyond, threshold, minutes: u32| {
        let spec = alarm::Spec {
            role,
            about,
            measured: Measured::One(Metric {
                namespace: "AWS/RDS",
                name,
                dimensions: BTreeMap::from([("DBInstanceIdentifier".to_owned(), Output::known(server.as_str()))]),
                statistic,
            }),
            beyond,
            threshold,
            minutes: Output::known(minutes),
            topic_arn: Some(spec.topic_arn),
            tags: spec.tags,
        };
        alarm::build(cx, spec);
    };
    let busy = "The database server has been busier than 90 % for five minutes: look at Performance Insights for the \
                statements that take the time, or give it a larger `instanceClass`";
    watch("database-cpu", busy, ("CPUUtilization", "Average"), Beyond::Above, Output::known(CPU_PERCENT), 5);
    let full = "Less than a tenth of the database server's first storage has been free for a quarter of an hour, and a \
                full disk stops every app: raise `maxStorageGib`, or `storageGib` if it does not grow by itself";
    let free = spec.server.storage_gib.map(|gib: u32| f64::from(gib) * BYTES_PER_GIB * FREE_STORAGE);
    watch("database-storage", full, ("FreeStorageSpace", "Minimum"), Beyond::Below, free, 15);
}
