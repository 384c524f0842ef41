use super::*;

fn wire(text: &str) -> Value {
    let mut draft = Draft::new("2026-01-01".parse().expect("a date"));
    let mut places = Places::default();
    places.add_words(text);
    places.write(None, &mut draft);
    Value::Object(draft.job)
}

fn location(text: &str) -> Value {
    wire(text)["locations"].clone()
}

#[test]
fn a_place_in_words_is_split_into_city_region_and_country() {
    use serde_json::json;
    for (text, place) in [
        ("Sevilla, Andalucía, Spain", json!({"city": "Sevilla", "region": "Andalucía", "country": "ES"})),
        ("Sevilla, Andalucía, ES", json!({"city": "Sevilla", "region": "Andalucía", "country": "ES"})),
        ("Madrid, ES", json!({"city": "Madrid", "country": "ES"})),
        ("Paris, France", json!({"city": "Paris", "country": "FR"})),
        ("Paris (France)", json!({"city": "Paris", "country": "FR"})),
        ("Germany, Leipzig", json!({"city": "Leipzig", "country": "DE"})),
        ("United-Kingdom", json!({"country": "GB"})),
        ("Lisbon", json!({"city": "Lisbon"})),
        ("Seattle, WA, USA", json!({"city": "Seattle", "region": "WA", "country": "US"})),
        ("Aix-en-Provence, FR", json!({"city": "Aix-en-Provence", "country": "FR"})),
    ] {
        assert_eq!(location(text), json!([place]), "{text}");
    }
}

#[test]
fn a_state_is_no_country_of_the_same_letters() {
    use serde_json::json;
    for text in [
        "San Francisco, CA",
        "Chicago, IL",
        "Wilmington, DE",
        "Gary, IN",
        "Atlanta, GA",
        "Denver, CO",
        "Mobile, AL",
        "Little Rock, AR",
        "Baltimore, MD",
        "Perth, WA",
        "Boston, MA",
        "Vitória, ES",
        "Porto Alegre, RS",
        "St. John's, NL",
        "Adelaide, SA",
        "Gary, Ind.",
        "Atlanta, Georgia",
        "Lebanon, PA",
        "Saskatoon, SK",
        "San Francisco, ca",
        "Genève, GE",
        "Reading, Pa.",
    ] {
        let (city, region) = text.split_once(", ").expect("two parts");
        assert_eq!(location(text), json!([{"city": city, "region": region}]), "{text}");
    }
    assert_eq!(location("CA"), json!([{"region": "CA"}]));
    assert_eq!(location("US, CA"), json!([{"region": "CA", "country": "US"}]));
    let county = location("Los Angeles, Los Angeles County, CA");
    assert_eq!(county, json!([{"city": "Los Angeles", "region": "Los Angeles County, CA"}]));
}

#[test]
fn where_the_town_tells_it_the_country_is_known() {
    for (text, country) in [
        ("Berlin, DE", "DE"),
        ("München, DE", "DE"),
        ("Bangalore, IN", "IN"),
        ("Toronto, CA", "CA"),
        ("Tel Aviv, IL", "IL"),
        ("Bogotá, CO", "CO"),
        ("Haarlem, NL", "NL"),
        ("Stockholm, SE", "SE"),
        ("Tbilisi, Georgia", "GE"),
    ] {
        assert_eq!(location(text)[0]["country"], country, "{text}");
    }
}

#[test]
fn a_word_for_remote_is_no_town() {
    use serde_json::json;
    for text in [
        "Remote",
        "Worldwide",
        "Home office",
        "Homeoffice",
        "Anywhere",
        "Remoto",
        "Teletrabajo",
        "En remoto",
        "100% remote",
        "Fully remote",
        "Work from home",
        "Teletrabalho",
        "Remote only",
        "Télétravail",
        "REMOTE",
        "Global",
        "Remote, Worldwide",
    ] {
        assert_eq!(wire(text), json!({"workplace": "remote"}), "{text}");
    }
    for text in ["Remote, US", "US Remote", "Remote (US)", "Remote - United States", "Remote in the USA"] {
        assert_eq!(
            wire(text),
            json!({"workplace": "remote", "locations": [{"country": "US"}], "remote_countries": ["US"]}),
            "{text}"
        );
    }
    assert_eq!(wire("Remote (Spain, Portugal)")["remote_countries"], json!(["ES", "PT"]));
    assert_eq!(wire("Remote, Europe"), json!({"workplace": "remote", "locations": [{"region": "Europe"}]}));
    assert_eq!(wire("London (hybrid)"), json!({"workplace": "hybrid", "locations": [{"city": "London"}]}));
}

#[test]
fn no_more_places_are_kept_than_a_board_takes() {
    let mut draft = Draft::new("2026-01-01".parse().expect("a date"));
    let mut places = Places::default();
    for number in 0..12 {
        places.add_words(&format!("Town {number}"));
    }
    places.write(None, &mut draft);
    assert_eq!(draft.job["locations"].as_array().map(Vec::len), Some(MAX_LOCATIONS));
    assert_eq!(draft.warnings.len(), 1);
}
