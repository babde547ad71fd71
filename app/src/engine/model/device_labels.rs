//! Why the engine uses its device, in the page's language. The engine gives the reason in English; it
//! is recognised by its form.

const SOFTWARE_ASKED: &str = "a software adapter, asked for by the address or an option"; // not shown

/// The engine's reason; as it stands where its form is unknown.
pub(crate) fn reason(engine: &str) -> String {
    known(engine).unwrap_or_else(|| engine.to_owned())
}

fn known(engine: &str) -> Option<String> {
    let fixed = match engine {
        "asked for by the address or an option" => text!("device.reason.asked"), // not shown
        SOFTWARE_ASKED => text!("device.reason.software-asked"),
        "the GPU failed again and again in this visit" => text!("device.reason.fallback"), // not shown
        "a GPU is available through WebGPU" => text!("device.reason.gpu"), // not shown
        "this browser offers no WebGPU adapter" => text!("device.reason.none"), // not shown
        _ => {
            let start = "the only WebGPU adapter is a software one ("; // not shown
            let end = "), which is slower than the CPU itself"; // not shown
            let name = engine.strip_prefix(start)?.strip_suffix(end)?;
            return Some(text!("device.reason.software", name = name));
        }
    };
    Some(fixed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_reasons_are_known() {
        let source = concat!(
            include_str!("../../../../core/src/device/mod.rs"),
            include_str!("../../../../core/src/device/cpu.rs"),
            include_str!("../../../../core/src/device/gpu.rs"),
            include_str!("../../../../core/src/device/reasons.rs"),
        );
        for reason in [
            "asked for by the address or an option",
            "a software adapter, asked for by the address or an option",
            "a GPU is available through WebGPU",
            "this browser offers no WebGPU adapter",
            "the GPU failed again and again in this visit",
        ] {
            assert_eq!(known(reason).as_deref(), Some(reason));
            assert!(source.contains(&format!("\"{reason}\"")), "{reason}");
        }
        let software = "the only WebGPU adapter is a software one (SwiftShader), which is slower than the CPU itself";
        assert_eq!(known(software).as_deref(), Some(software));
        assert!(source.contains(&software.replace("SwiftShader", "{name}")));
        assert_eq!(reason("the GPU sulks"), "the GPU sulks");
    }
}
