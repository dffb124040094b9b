//! HTML report and charts.
