//! Addresses within a board.

/// `path` with those of `pairs` that have a value as its query.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_values_stay_out_of_an_address() {
        assert_eq!(with_query("/t/a/", &[("q", ""), ("tag", "c++ & rust")]), "/t/a/?tag=c%2B%2B+%26+rust");
        assert_eq!(with_query("/t/a/", &[("q", "")]), "/t/a/");
    }
}
