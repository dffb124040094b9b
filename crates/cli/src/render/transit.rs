//! What endpoints answered, for people.

use std::fmt::Write;

use anstyle::Style;
use dataward_app::transit_report::ChainReport;
use dataward_app::transit_report::EndpointReport;
use dataward_app::transit_report::TransitReport;

use crate::render::numbers::plain;
use crate::render::style;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::style::WARNING;
use crate::render::wrap::HANG;
use crate::render::wrap::remedy;

/// The whole result; with `all` every suite by name.
pub(crate) fn report(report: &TransitReport, all: bool) -> String {
    let mut out = String::new();
    for endpoint in &report.endpoints {
        part(&mut out, endpoint, all);
    }
    for skipped in &report.skipped {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{ERROR}no answer{ERROR:#}  {}", plain(&skipped.reason));
    }
    out
}

fn part(out: &mut String, endpoint: &EndpointReport, all: bool) {
    let grade = &endpoint.grade;
    let style = letter_style(&grade.letter);
    let _ = writeln!(
        out,
        "{style} {:<2} {style:#} {HEAD}{}{HEAD:#}  {MUTED}{}, Mozilla profile: {}, {} handshakes{MUTED:#}",
        grade.letter,
        plain(&endpoint.endpoint),
        endpoint.protocol,
        endpoint.mozilla,
        endpoint.handshakes
    );
    if grade.letter != grade.without_certificate {
        let _ = writeln!(out, "     {MUTED}{} if its certificate were in order{MUTED:#}", grade.without_certificate);
    }
    if let Some(setting) = &grade.setting {
        let why = grade.because.first().map(|why| format!(" ({why})")).unwrap_or_default();
        let _ = writeln!(out, "     change first{why}: {HANG}{}", plain(setting));
    }
    if endpoint.offers_tls {
        tls(out, endpoint, all);
    }
    let logins = match endpoint.plaintext_logins.as_str() {
        "refused" => Some((GOOD, "log-ins without encryption are refused")),
        "password" => Some((ERROR, "log-ins without encryption are taken, with readable passwords")),
        "proof" => Some((ERROR, "log-ins without encryption are taken")),
        "open" => Some((ERROR, "anyone is let in without a password")),
        _ if endpoint.protocol == "mysql" => Some((
            MUTED,
            "whether log-ins without encryption are taken is told to accounts only: `dataward audit transit`",
        )),
        _ => None,
    };
    if let Some((style, words)) = logins {
        let _ = writeln!(out, "     {style}{words}{style:#}");
    }
    for problem in &endpoint.problems {
        let style = style::severity(&problem.severity);
        let _ = writeln!(out, "     {style}✗ {:<8}{style:#} {}", problem.severity, plain(&problem.title));
        let _ = writeln!(out, "                {MUTED}{}{MUTED:#}", plain(&problem.reason));
        let _ = writeln!(out, "                {}", remedy(&problem.remedy));
    }
    if endpoint.problems.is_empty() {
        let _ = writeln!(out, "     {GOOD}✓{GOOD:#} nothing wrong found");
    }
    if !endpoint.complete {
        let _ = writeln!(out, "     {WARNING}not all questions were answered{WARNING:#}");
    }
    out.push('\n');
}

fn tls(out: &mut String, endpoint: &EndpointReport, all: bool) {
    let mut line = String::new();
    for version in &endpoint.versions {
        let (mark, style) = match (version.supported, version.version.as_str()) {
            (Some(true), "TLS 1.2" | "TLS 1.3") => ("✓", GOOD),
            (Some(true), _) => ("✗", ERROR),
            (Some(false), _) => continue,
            (None, _) => ("?", WARNING),
        };
        let suites = version.suites.len();
        let _ = write!(line, "  {style}{mark} {}{style:#}", version.version);
        if suites > 0 {
            let _ = write!(line, " {MUTED}({suites} {}){MUTED:#}", if suites == 1 { "suite" } else { "suites" });
        }
    }
    let _ = writeln!(out, "     versions   {}", line.trim_start());
    if all {
        for version in endpoint.versions.iter().filter(|version| !version.suites.is_empty()) {
            for suite in &version.suites {
                let _ = writeln!(out, "       {MUTED}{}{MUTED:#}  {suite}", version.version);
            }
        }
    }
    if !endpoint.groups.is_empty() {
        let shown: Vec<&str> = endpoint.groups.iter().take(if all { 99 } else { 5 }).map(String::as_str).collect();
        let more = endpoint.groups.len() - shown.len();
        let rest = if more > 0 { format!(" {MUTED}and {more} more{MUTED:#}") } else { String::new() };
        let _ = writeln!(out, "     groups     {}{rest}", shown.join(", "));
    }
    for chain in &endpoint.chains {
        certificate(out, chain);
    }
}

fn certificate(out: &mut String, chain: &ChainReport) {
    let Some(leaf) = chain.certificates.first() else { return };
    let mark = |yes: bool, good: &'static str, bad: &'static str| {
        if yes { (GOOD, good) } else { (ERROR, bad) }
    };
    let trust = if chain.trusted { "trusted" } else { "not trusted" };
    let words = [
        (if chain.trusted { GOOD } else { ERROR }, trust),
        mark(chain.in_dates, "in its dates", "not in its dates"),
        mark(chain.covers_host, "for this host", "for another host"),
    ];
    let said: Vec<String> = words.iter().map(|(style, word)| format!("{style}{word}{style:#}")).collect();
    let _ = writeln!(
        out,
        "     certificate {} {MUTED}by{MUTED:#} {}: {}; {} {} bits, until {}",
        plain(&leaf.subject),
        plain(&leaf.issuer),
        said.join(", "),
        leaf.key,
        leaf.key_bits,
        leaf.not_after.strftime("%Y-%m-%d"),
    );
    if let Some(said) = &chain.ocsp {
        let style = if said == "good" { GOOD } else { ERROR };
        let until = chain.ocsp_until.map(|until| format!(" until {}", until.strftime("%Y-%m-%d"))).unwrap_or_default();
        let _ = writeln!(out, "     OCSP answer {style}{}{style:#}{until}", said.replace('-', " "));
    }
}

fn letter_style(letter: &str) -> Style {
    match letter {
        "A+" | "A" | "A-" => GOOD,
        "B" | "C" => WARNING,
        _ => ERROR,
    }
}
