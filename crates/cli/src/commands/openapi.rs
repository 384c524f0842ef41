//! `tablon openapi`.

use anyhow::Result;

use crate::output::Output;

pub(super) fn run(output: &Output) -> Result<()> {
    output.line(&tablon_web::openapi())
}
