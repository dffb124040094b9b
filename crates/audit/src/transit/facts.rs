//! What the transit audit gathers.

use dataward_connect::Clients;
use dataward_model::Place;
use dataward_tls::EndpointFacts;

use super::weak_string::Weakness;

/// Endpoints that were asked, and settings that were read.
#[derive(Clone, Debug, Default)]
pub struct TransitFacts {
    /// Of sources, and those the policy names beside them.
    pub endpoints: Vec<Endpoint>,
    /// Lines in files of folder sources that connect without looking at the certificate.
    pub settings: Vec<WeakSetting>,
}

/// An endpoint that was asked.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its source, or `network` and the address.
    pub place: Place,
    /// What it answered.
    pub facts: EndpointFacts,
    /// What the server says of its clients, where we may log in.
    pub clients: Option<Clients>,
}

/// A line in a file that connects without looking at the certificate. Holds nothing of the line.
#[derive(Clone, Debug)]
pub struct WeakSetting {
    /// The file.
    pub place: Place,
    /// The line, from 1.
    pub line: usize,
    /// What is weak about it.
    pub weakness: Weakness,
}
