//! What wit-bindgen makes of the contract. Plugin authors meet these types through the crate's root.

wit_bindgen::generate!({
    path: "wit",
    // The contract's world, and beside it the function that runs once, when the plugin is packed.
    inline: "
        package tablon:plugin-sdk;
        world plugin {
            include tablon:plugin/publisher@1.0.0;
            export wizer-initialize: func();
        }
    ",
    world: "tablon:plugin-sdk/plugin",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "tablon_plugin::bindings",
    additional_derives: [PartialEq],
    generate_all,
});
