//! What the report and the exports look like from outside.

mod exports;
mod fixture;
mod html;
