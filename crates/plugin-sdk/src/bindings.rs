//! What wit-bindgen makes of the contract. Plugin authors meet these types through the crate's root.

wit_bindgen::generate!({
    path: "wit",
    world: "publisher",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "tablon_plugin::bindings",
    additional_derives: [PartialEq],
    generate_all,
});
