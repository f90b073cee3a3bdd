//! The committed schema is what the plane serves.

#[test]
fn the_committed_schema_is_what_the_plane_serves() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let served = graphql::schema().sdl(
        async_graphql::SDLExportOptions::new()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items(),
    );
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    if committed != served {
        std::fs::write(path, &served).expect("schema.graphql can be written");
        panic!(
            "graphql/schema.graphql was out of date and is now rewritten: review its diff and commit it"
        );
    }
}
