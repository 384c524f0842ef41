//! Whether a component exports a function, read from its sections.

use wasmparser::{Parser, Payload};

use crate::PreinitError;

/// Whether the outermost component has an export of this name.
pub(crate) fn is_there(component: &[u8], name: &str) -> Result<bool, PreinitError> {
    let unreadable = |error: wasmparser::BinaryReaderError| PreinitError::Unreadable(error.to_string());
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(unreadable)? {
            // The payloads of a nested component follow directly.
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentExportSection(exports) if depth == 0 => {
                for export in exports {
                    if export.map_err(unreadable)?.name.name == name {
                        return Ok(true);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(false)
}
