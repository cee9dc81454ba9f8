//! The proof that no boundary was left out.
//!
//! Delays grow by less than an instruction takes. So from one shot to the next the boundary that the interrupt lands on
//! stays or moves on by one instruction. Where it moves on by more, all those in between must have been masked: the
//! boundary before the gap is in front of an instruction that masks interrupts, and the one after it right behind an
//! instruction that unmasks them. Nothing else can hold an interrupt back.

use crate::landing::{INSTRUCTION_NANOS, Landing, Phase};
use crate::machine::{masks, unmasked_before};

/// What was hit so far.
pub(crate) struct Cover {
    /// The time and the place of the first landing, and the number of instructions from there and the place of the last.
    ends: Option<(u64, u32, u32)>,
    hit: u32,
    masked: u32,
    critical_sections: u32,
}

impl Cover {
    pub fn new() -> Self {
        Self { ends: None, hit: 0, masked: 0, critical_sections: 0 }
    }

    /// Boundaries in the section on which an interrupt landed.
    pub fn hit(&self) -> u32 {
        self.hit
    }

    /// Boundaries on which none can land.
    pub fn masked(&self) -> u32 {
        self.masked
    }

    /// In how many runs those lie.
    pub fn critical_sections(&self) -> u32 {
        self.critical_sections
    }

    /// Takes the next landing; `true` if it was the first beyond the section.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn add(&mut self, landing: &Landing) -> Result<bool, &'static str> {
        if landing.shots != 1 {
            return Err("the interrupt did not come, or came twice");
        }
        let Some((first, last, last_pc)) = self.ends else {
            // What comes before the section is there to be hit first: so its first boundary is no accident.
            if landing.phase != Phase::Before {
                return Err("the first interrupt was not before the section");
            }
            self.ends = Some((landing.quarter_nanos, 0, landing.pc));
            return Ok(false);
        };
        let length = u64::from(4 * INSTRUCTION_NANOS);
        let Some(since) = (landing.quarter_nanos + length / 2).checked_sub(first) else {
            return Err("a longer delay landed earlier");
        };
        let now = (since / length) as u32;
        self.ends = Some((first, now, landing.pc));
        let within = landing.phase == Phase::Within;
        match now.checked_sub(last) {
            None => return Err("a longer delay landed earlier"),
            Some(0) if landing.pc != last_pc => return Err("the same number of instructions led elsewhere"),
            Some(0) => return Ok(landing.phase == Phase::After),
            Some(1) => {}
            Some(step) => {
                if !masks(last_pc) || !unmasked_before(landing.pc) {
                    return Err("boundaries were skipped, and not in a critical section");
                }
                self.masked += u32::from(within) * (step - 1);
                self.critical_sections += u32::from(within);
            }
        }
        self.hit += u32::from(within);
        Ok(landing.phase == Phase::After)
    }
}
