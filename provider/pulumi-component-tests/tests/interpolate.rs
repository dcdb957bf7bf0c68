//! `interpolate!` beside `format!`.

use pulumi_component::{Output, interpolate};

#[track_caller]
fn check(output: &Output<String>, expected: &str) {
    assert_eq!(format!("{output:?}"), format!("String({expected:?})"));
}

#[test]
fn braces_names_and_values_are_as_in_format() {
    let (host, r#type) = (Output::<String>::known("h"), "t");
    check(&interpolate!("plain"), "plain");
    check(&interpolate!(""), "");
    check(&interpolate!("{host}"), "h");
    check(&interpolate!("{host}{host}"), "hh");
    check(&interpolate!("{{{host}}}"), "{h}");
    check(&interpolate!("{{}} }}{{"), "{} }{");
    check(&interpolate!("{type}"), "t");
    check(&interpolate!("{type}", r#type = "u"), "u");
    check(&interpolate!("{port}/{host}", port = String::from("8"), host = &host), "8/h");
}

#[test]
fn a_value_is_computed_once() {
    let mut times = 0;
    let mut next = || {
        times += 1;
        times.to_string()
    };
    check(&interpolate!("{a}{a}{b}", a = next(), b = next()), "112");
}
