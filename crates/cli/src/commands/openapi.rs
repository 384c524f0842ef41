//! `tablon openapi`.

use anyhow::Result;

use crate::output::Output;

pub(super) fn run(output: &Output) -> Result<()> {
    output.line(&serde_json::to_string_pretty(&tablon_web::openapi())?)
}
