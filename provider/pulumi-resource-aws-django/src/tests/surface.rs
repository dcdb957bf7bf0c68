//! The table of the AWS surface against the pinned schema.

use super::PINNED;
use crate::aws;

#[test]
fn the_table_is_a_part_of_the_pinned_schema() {
    let mut problems = Vec::new();
    for table in aws::RESOURCES {
        problems.extend(PINNED.check_resources(table));
    }
    for table in aws::FUNCTIONS {
        problems.extend(PINNED.check_functions(table));
    }
    for table in aws::OBJECTS {
        problems.extend(PINNED.check_objects(table));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
