//! Retention: which rules apply to a place and why, what may go when, the plan, its approval, the
//! journalled deletion through one gate, and the proof that what was to go has gone.
//!
//! Floor 3. Decides and drives; the statements that change a store stand in `connect`, the state in
//! `store`, the wiring and the clock in `app`. Begin with [`clock`]
//! (when a period begins, and when it has ended).

pub mod clock;
