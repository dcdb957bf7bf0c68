//! What rustc says to whoever makes a slip: the texts are part of the framework.

#[test]
fn slips_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
