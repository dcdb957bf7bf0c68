//! The pairs of CPU and memory that Fargate offers.

/// A pair of CPU and memory that Fargate offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    cpu_units: u32,
    memory_mib: u32,
}

/// Why a pair of numbers is no [`Size`]: which of the two is to be mended, and how.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// There is no task with so much CPU.
    Cpu(String),
    /// There is no task with that CPU and so much memory.
    Memory(String),
}

/// What memory goes with a CPU: from the first to the second number of MiB, in steps of the third. From AWS's table
/// for the Fargate launch type and Linux.
const SIZES: [(u32, Memory); 7] = [
    (256, Memory::OneOf(&[512, 1_024, 2_048])),
    (512, Memory::Range { from: 1_024, to: 4_096, step: 1_024 }),
    (1_024, Memory::Range { from: 2_048, to: 8_192, step: 1_024 }),
    (2_048, Memory::Range { from: 4_096, to: 16_384, step: 1_024 }),
    (4_096, Memory::Range { from: 8_192, to: 30_720, step: 1_024 }),
    (8_192, Memory::Range { from: 16_384, to: 61_440, step: 4_096 }),
    (16_384, Memory::Range { from: 32_768, to: 122_880, step: 8_192 }),
];

enum Memory {
    OneOf(&'static [u32]),
    Range { from: u32, to: u32, step: u32 },
}

impl Size {
    /// The smallest task there is.
    pub(crate) const SMALLEST: Self = Self { cpu_units: 256, memory_mib: 512 };

    /// The pair, if Fargate has it.
    ///
    /// # Errors
    /// Says which of the two numbers to change, and to what.
    pub(crate) fn new(cpu_units: u32, memory_mib: u32) -> Result<Self, Misfit> {
        let Some((_, memory)) = SIZES.iter().find(|(cpu, _)| *cpu == cpu_units) else {
            let sizes = SIZES.map(|(cpu, _)| cpu.to_string());
            return Err(Misfit::Cpu(format!("is no size that Fargate has: give `{}`", sizes.join("`, `"))));
        };
        let (fits, remedy) = match memory {
            Memory::OneOf(choices) => {
                let all: Vec<_> = choices.iter().map(u32::to_string).collect();
                (choices.contains(&memory_mib), format!("`{}`", all.join("`, `")))
            }
            Memory::Range { from, to, step } => {
                let fits = (*from..=*to).contains(&memory_mib) && memory_mib.is_multiple_of(*step);
                (fits, format!("`{from}` to `{to}` in steps of `{step}`"))
            }
        };
        if fits {
            return Ok(Self { cpu_units, memory_mib });
        }
        let reason = format!("does not go with `{cpu_units}` CPU units on Fargate: give {remedy}, or other `cpuUnits`");
        Err(Misfit::Memory(reason))
    }

    /// CPU as ECS takes it.
    pub(crate) fn cpu(self) -> String {
        self.cpu_units.to_string()
    }

    /// Memory as ECS takes it.
    pub(crate) fn memory(self) -> String {
        self.memory_mib.to_string()
    }

    /// Memory, in MiB.
    pub(crate) fn memory_mib(self) -> u32 {
        self.memory_mib
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_pair_that_fargate_has() {
        let pairs = [(256, 512), (256, 2_048), (512, 3_072), (1_024, 8_192), (4_096, 30_720), (8_192, 20_480)];
        for (cpu, memory) in pairs.into_iter().chain([(16_384, 32_768), (16_384, 122_880)]) {
            assert!(Size::new(cpu, memory).is_ok(), "{cpu} {memory}");
        }
        let pairs = [(256, 1_536), (256, 4_096), (512, 512), (1_024, 2_049), (8_192, 17_408), (16_384, 36_864)];
        for (cpu, memory) in pairs {
            assert!(matches!(Size::new(cpu, memory), Err(Misfit::Memory(_))), "{cpu} {memory}");
        }
    }

    #[test]
    fn a_misfit_says_what_goes_together() {
        let of = |cpu, memory| match Size::new(cpu, memory) {
            Ok(_) => "fits".to_owned(),
            Err(Misfit::Cpu(reason) | Misfit::Memory(reason)) => reason,
        };
        let expected = [
            (300, 512, "is no size that Fargate has: give `256`, `512`, `1024`, `2048`, `4096`, `8192`, `16384`"),
            (
                256,
                4_096,
                "does not go with `256` CPU units on Fargate: give `512`, `1024`, `2048`, or other `cpuUnits`",
            ),
            (
                8_192,
                512,
                "does not go with `8192` CPU units on Fargate: give `16384` to `61440` in steps of `4096`, or other \
                 `cpuUnits`",
            ),
        ];
        for (cpu, memory, reason) in expected {
            assert_eq!(of(cpu, memory), reason);
        }
    }
}
