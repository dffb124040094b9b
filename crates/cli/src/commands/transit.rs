//! `transit`: what servers speak, asked from outside.

use dataward_app::AppError;
use dataward_app::environment::SystemClock;
use dataward_app::probe_endpoints::TransitProtocol;
use dataward_app::probe_endpoints::probe_endpoints;

use crate::arguments::Spoken;
use crate::arguments::TransitArguments;
use crate::render;
use crate::render::Output;
use crate::render::numbers::counted;

pub(crate) async fn transit(arguments: TransitArguments, output: &Output) -> Result<u8, AppError> {
    let protocol = arguments.starttls.map(Spoken::protocol);
    let report = probe_endpoints(&arguments.endpoints, protocol, arguments.ca.as_deref(), &SystemClock).await?;
    output.result(&report, || render::transit::report(&report, arguments.all))?;
    if !report.skipped.is_empty() {
        let all = report.endpoints.len() + report.skipped.len();
        output.note(&format!("{} of {all} could not be asked: nothing is known of them.", report.skipped.len()));
        return Ok(3);
    }
    if let Some(severity) = arguments.fail_on.severity() {
        let found = report.at_or_above(severity);
        if found > 0 {
            output.note(&format!("{} of severity {severity} or above.", counted(found as u64, "problem", "problems")));
            return Ok(1);
        }
    }
    Ok(0)
}

impl Spoken {
    fn protocol(self) -> TransitProtocol {
        match self {
            Self::Ftp => TransitProtocol::Ftp,
            Self::Https => TransitProtocol::Https,
            Self::Imap => TransitProtocol::Imap,
            Self::Ldap => TransitProtocol::Ldap,
            Self::Mysql => TransitProtocol::Mysql,
            Self::None => TransitProtocol::Tls,
            Self::Pg => TransitProtocol::Postgresql,
            Self::Pop3 => TransitProtocol::Pop3,
            Self::Smtp => TransitProtocol::Smtp,
        }
    }
}
