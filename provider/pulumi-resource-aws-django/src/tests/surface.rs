//! The tables of what components use, against the schemas of those who have it.

use super::{OWN, PINNED};
use crate::{aws, own};

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

#[test]
fn the_table_of_what_is_our_own_is_our_own_schema() {
    let tables =
        [OWN.check_resources(own::RESOURCES), OWN.check_functions(own::FUNCTIONS), OWN.check_objects(own::OBJECTS)];
    assert_eq!(tables.concat(), Vec::<String>::new());
}
