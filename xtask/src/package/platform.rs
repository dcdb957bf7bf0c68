//! The platforms that a release is for, in the words of Rust, of Pulumi and of Python.

use std::str::FromStr;

use anyhow::{Context as _, anyhow};

use crate::process::Call;

/// A system and a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// As Rust calls it.
    pub target: &'static str,
    /// As Pulumi looks for a plugin.
    pub name: &'static str,
    /// As wheels name it: several, with dots between them, for a program that runs on all of these.
    pub wheel: &'static str,
    /// What a program's file name ends with.
    pub suffix: &'static str,
}

/// What a release is for. On Linux the programs are linked with musl, whole, so that they run with any C library or none.
pub const RELEASED: [Platform; 6] = [
    Platform {
        target: "x86_64-unknown-linux-musl",
        name: "linux-amd64",
        wheel: "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
        suffix: "",
    },
    Platform {
        target: "aarch64-unknown-linux-musl",
        name: "linux-arm64",
        wheel: "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        suffix: "",
    },
    // The oldest systems are those of Rust itself.
    Platform { target: "x86_64-apple-darwin", name: "darwin-amd64", wheel: "macosx_10_12_x86_64", suffix: "" },
    Platform { target: "aarch64-apple-darwin", name: "darwin-arm64", wheel: "macosx_11_0_arm64", suffix: "" },
    Platform { target: "x86_64-pc-windows-msvc", name: "windows-amd64", wheel: "win_amd64", suffix: ".exe" },
    Platform { target: "aarch64-pc-windows-msvc", name: "windows-arm64", wheel: "win_arm64", suffix: ".exe" },
];

/// What Rust builds on Linux when nobody names a target. It needs the C library of the machine that built it, and Python's
/// index refuses a wheel of that name.
const OF_THIS_LINUX: [Platform; 2] = [
    Platform { target: "x86_64-unknown-linux-gnu", name: "linux-amd64", wheel: "linux_x86_64", suffix: "" },
    Platform { target: "aarch64-unknown-linux-gnu", name: "linux-arm64", wheel: "linux_aarch64", suffix: "" },
];

impl Platform {
    /// The one of a release that runs on this machine.
    pub fn released_here() -> anyhow::Result<Self> {
        host()?.replace("-linux-gnu", "-linux-musl").parse()
    }

    /// The one for which Rust builds on this machine when nobody names a target.
    pub fn of_this_machine() -> anyhow::Result<Self> {
        let host = host()?;
        match OF_THIS_LINUX.into_iter().find(|platform| platform.target == host) {
            Some(platform) => Ok(platform),
            None => host.parse(),
        }
    }
}

impl FromStr for Platform {
    type Err = anyhow::Error;

    fn from_str(target: &str) -> anyhow::Result<Self> {
        RELEASED.into_iter().find(|platform| platform.target == target).ok_or_else(|| {
            let known = RELEASED.map(|platform| platform.target).join("`, `");
            anyhow!("no release is built for `{target}`; the targets are `{known}`")
        })
    }
}

/// The target that Rust builds for when nobody names one.
fn host() -> anyhow::Result<String> {
    let said = Call::new("rustc").arg("-vV").output()?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("`rustc -vV` names no host")?.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{OF_THIS_LINUX, Platform, RELEASED};

    #[test]
    fn every_platform_has_a_name_of_its_own_everywhere() {
        for part in [|it: &Platform| it.target, |it: &Platform| it.name, |it: &Platform| it.wheel] {
            let names: BTreeSet<_> = RELEASED.iter().map(part).collect();
            assert_eq!(names.len(), RELEASED.len(), "{names:?}");
        }
    }

    #[test]
    fn only_what_a_release_is_for_can_be_asked_for() {
        for platform in RELEASED {
            assert_eq!(platform.target.parse::<Platform>().unwrap(), platform);
        }
        for unknown in OF_THIS_LINUX.map(|platform| platform.target).into_iter().chain(["linux-amd64", ""]) {
            let said = unknown.parse::<Platform>().unwrap_err().to_string();
            assert!(said.contains(&format!("`{unknown}`; the targets are `x86_64-unknown-linux-musl`")), "{said}");
        }
    }
}
