//! Before data of people goes they may be told, and have time to come back. Pure.
//!
//! Nothing is sent from here: a list is written for whoever tells them, and the time counts from then. Who
//! comes back in that time changes his row, or what his period counts from; each statement of the gate sees
//! that and leaves him alone.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::error::RetainError;
use crate::plan::Plan;

/// Refuses to begin a plan whose people were not told, or too short a time ago. `told` is when the list of them
/// was written.
///
/// # Errors
/// [`RetainError::Refused`], with what to do.
pub fn check(plan: &Plan, told: Option<Timestamp>, now: Timestamp) -> Result<(), RetainError> {
    let Some(hours) = plan.notice() else { return Ok(()) };
    let Some(told) = told else {
        return Err(RetainError::refused(
            format!("the policy has people told {hours} hours before, and no list of them was written yet"),
            "dataward retain notify --out people.csv",
        ));
    };
    let from = begins(told, hours);
    if now < from {
        return Err(RetainError::refused(
            format!("people were told on {told}, and have {hours} hours to come back: until {from}"),
            "run the same command again then",
        ));
    }
    Ok(())
}

/// When the first row may go.
pub fn begins(told: Timestamp, hours: u32) -> Timestamp {
    told.saturating_add(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MAX)
}
