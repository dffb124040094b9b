//! Numbers that states give to people, one file a country (ISO 3166). Where an issuer publishes no
//! check digit, the date inside, the ranges and the way it is written stand in for it.
//! Schemes follow the issuers' papers as collected by python-stdnum, whose examples ours agree with.

pub mod ae;
pub mod ar;
pub mod at;
pub mod au;
pub mod be;
pub mod bg;
pub mod br;
pub mod ca;
pub mod ch;
pub mod cl;
pub mod cn;
pub mod cz;
pub mod de;
pub mod dk;
pub mod r#do;
pub mod ec;
pub mod ee;
pub mod es;
pub mod fi;
pub mod fr;
pub mod gb;
pub mod gr;
pub mod hk;
pub mod hr;
pub mod hu;
pub mod id;
pub mod ie;
pub mod il;
pub mod r#in;
pub mod is;
pub mod it;
pub mod jp;
pub mod kr;
pub mod kz;
pub mod lu;
pub mod lv;
pub mod mx;
pub mod my;
pub mod nl;
pub mod no;
pub mod nz;
pub mod pk;
pub mod pl;
pub mod pt;
pub mod ro;
pub mod ru;
pub mod se;
pub mod sg;
pub mod si;
pub mod th;
pub mod tr;
pub mod tw;
pub mod ua;
pub mod us;
pub mod uy;
pub mod za;

/// What every file here needs.
mod prelude {
    pub(super) use dataward_model::Category;

    pub(super) use crate::checksum;
    pub(super) use crate::checksum::SHORT_DATE_CHANCE;
    pub(super) use crate::recognise::Candidate;
    pub(super) use crate::recognise::LOOSE;
    pub(super) use crate::recognise::Marks;
    pub(super) use crate::recognise::Recogniser;
    pub(super) use crate::recognise::Shape;
    pub(super) use crate::recognise::Strength;
    pub(super) use crate::recognise::TELLING;
    pub(super) use crate::recognise::candidate::number;
}
