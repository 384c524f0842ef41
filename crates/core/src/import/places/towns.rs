//! Two letters after a town: a state more often than a country.
//!
//! ISO 3166-1 gives `CA` to Canada, and California has the same letters. If neither the code nor the town decides, the
//! country stays empty and the letters are kept as the region.

/// States of the United States, provinces of Canada and states of Australia and Brazil, by their letters.
const STATES: [&str; 80] = [
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA",
    "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR",
    "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", // United States
    "ON", "QC", "BC", "AB", "MB", "NS", "NB", "NT", "NU", "YT", // Canada
    "NSW", "VIC", "QLD", "TAS", "ACT", // Australia
    "AM", "BA", "CE", "GO", "MG", "PB", "PR", "RJ", "RN", "RO", "RR", "RS", "SP", "TO", // Brazil
];

/// Towns that are so well known, or so certainly in one country, that the letters after them are that country's.
const IN_THE_COUNTRY: [(&str, &[&str]); 27] = [
    (
        "DE",
        &[
            "berlin",
            "hamburg",
            "munchen",
            "munich",
            "koln",
            "cologne",
            "frankfurt",
            "frankfurt am main",
            "stuttgart",
            "dusseldorf",
            "leipzig",
            "dresden",
            "hannover",
            "hanover",
            "nurnberg",
            "nuremberg",
            "bremen",
            "essen",
            "dortmund",
            "bonn",
            "mannheim",
            "karlsruhe",
            "munster",
            "augsburg",
            "aachen",
            "freiburg",
            "potsdam",
            "heidelberg",
        ],
    ),
    ("CA", &["toronto", "montreal", "vancouver", "ottawa", "calgary", "edmonton", "quebec", "winnipeg"]),
    (
        "IN",
        &[
            "bangalore",
            "bengaluru",
            "mumbai",
            "delhi",
            "new delhi",
            "hyderabad",
            "chennai",
            "pune",
            "kolkata",
            "gurgaon",
            "gurugram",
            "noida",
            "ahmedabad",
            "kochi",
            "jaipur",
        ],
    ),
    ("IL", &["tel aviv", "tel aviv yafo", "jerusalem", "haifa", "herzliya"]),
    ("CO", &["bogota", "medellin", "cali", "barranquilla"]),
    ("AR", &["buenos aires", "cordoba", "rosario", "mendoza"]),
    ("MA", &["casablanca", "rabat", "marrakech", "marrakesh", "tanger", "tangier"]),
    ("ID", &["jakarta", "bandung", "surabaya", "bali", "denpasar"]),
    ("RO", &["bucharest", "bucuresti", "cluj", "cluj napoca", "iasi", "timisoara", "brasov", "sibiu"]),
    ("RS", &["belgrade", "beograd", "novi sad", "nis"]),
    ("AL", &["tirana"]),
    ("MD", &["chisinau"]),
    ("ME", &["podgorica"]),
    ("AZ", &["baku"]),
    ("GA", &["libreville"]),
    ("TN", &["tunis", "sfax"]),
    ("MT", &["valletta", "sliema", "st julian's", "st. julian's", "st julians"]),
    ("PA", &["panama", "panama city", "ciudad de panama"]),
    ("BA", &["sarajevo", "mostar", "banja luka"]),
    ("AM", &["yerevan"]),
    ("MN", &["ulaanbaatar"]),
    ("LA", &["vientiane"]),
    ("MO", &["macau", "macao"]),
    ("PR", &["san juan"]),
    ("KY", &["george town"]),
    ("GEORGIA", &["tbilisi", "batumi", "kutaisi"]),
    ("MG", &["antananarivo"]),
];

/// Towns after which the letters of a country are a region of another one.
const ELSEWHERE: [(&str, &[&str]); 18] = [
    ("ES", &["vitoria", "vila velha", "serra", "cariacica", "linhares", "colatina"]),
    ("SE", &["aracaju"]),
    ("PE", &["recife", "olinda", "caruaru", "petrolina", "charlottetown", "summerside", "pescara"]),
    ("NL", &["st. john's", "st john's", "st johns", "corner brook", "gander", "mount pearl"]),
    ("SK", &["saskatoon", "regina", "prince albert", "moose jaw"]),
    ("SA", &["adelaide", "mount gambier", "salerno"]),
    ("BE", &["bern", "berne", "biel", "thun", "koniz", "burgdorf"]),
    ("GE", &["geneve", "genf", "geneva", "genova", "carouge"]),
    ("LU", &["luzern", "lucerne", "lucca", "kriens", "emmen"]),
    ("SG", &["st. gallen", "st gallen", "sankt gallen", "rapperswil", "wil"]),
    ("FR", &["fribourg", "bulle", "frosinone"]),
    ("GR", &["chur", "davos", "grosseto"]),
    ("BS", &["basel", "bale", "brescia"]),
    ("AG", &["aarau", "baden", "wettingen"]),
    ("NA", &["napoli", "naples"]),
    ("BG", &["bergamo"]),
    ("MH", &["mumbai", "pune", "nagpur", "nashik", "thane"]),
    ("HR", &["gurgaon", "gurugram", "faridabad"]),
];

/// Whether these letters are those of a state, with or without the dot of an abbreviation.
pub(super) fn is_state(text: &str) -> bool {
    let code = text.trim().to_uppercase();
    STATES.contains(&&*code) || is_abbreviation(text)
}

/// `Ind.`, `Pa.`: the dot marks an abbreviation, not a code.
fn is_abbreviation(text: &str) -> bool {
    let letters = text.trim().strip_suffix('.').unwrap_or_default();
    (2..=5).contains(&letters.len()) && letters.chars().all(char::is_alphabetic)
}

/// The one state that has the name of a country.
pub(super) fn is_state_by_name(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("georgia")
}

/// Whether the town lies in the country that has this code. Both are folded: the code in capital letters.
pub(super) fn is_in_the_country(code: &str, town: &str) -> bool {
    contains(&IN_THE_COUNTRY, code, town)
}

/// Whether the town is known to be in a region with these letters and not in the country.
pub(super) fn is_elsewhere(code: &str, town: &str) -> bool {
    contains(&ELSEWHERE, code, town)
}

fn contains(table: &[(&str, &[&str])], code: &str, town: &str) -> bool {
    table.iter().any(|(known, towns)| *known == code && towns.contains(&town))
}
