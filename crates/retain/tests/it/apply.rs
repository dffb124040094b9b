//! What happens to a plan on its way: held, changed, cut off, run twice.
