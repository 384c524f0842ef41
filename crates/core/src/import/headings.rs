//! The names that people give to the columns of a table.

use crate::search::fold;

/// The content of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Identifier,
    Title,
    Organization,
    OrganizationUrl,
    Logo,
    Description,
    City,
    Region,
    Country,
    Locations,
    Workplace,
    RemoteCountries,
    EmploymentTypes,
    /// Both ends of the pay in one cell.
    Salary,
    SalaryMin,
    SalaryMax,
    SalaryCurrency,
    SalaryPeriod,
    Tags,
    /// The offer's own page, where one can apply if no other link is given.
    Page,
    ApplyUrl,
    ApplyEmail,
    ContactEmail,
    Language,
    ValidThrough,
}

/// Names of columns in small letters, without accents, spaces and signs.
const NAMES: [(Column, &[&str]); 25] = [
    (
        Column::Identifier,
        &[
            "id",
            "identifier",
            "jobid",
            "reference",
            "ref",
            "jobreference",
            "referencenumber",
            "requisitionid",
            "reqid",
            "externalid",
            "guid",
            "referencia",
            "kennziffer",
        ],
    ),
    (
        Column::Title,
        &[
            "title",
            "jobtitle",
            "position",
            "positiontitle",
            "role",
            "jobname",
            "titulo",
            "puesto",
            "cargo",
            "vaga",
            "stellentitel",
            "stelle",
            "poste",
            "intitule",
        ],
    ),
    (
        Column::Organization,
        &[
            "organization",
            "organizationname",
            "organisation",
            "organisationname",
            "company",
            "companyname",
            "employer",
            "employername",
            "hiringorganization",
            "hiringorganizationname",
            "empresa",
            "nombredelaempresa",
            "nomedaempresa",
            "unternehmen",
            "firma",
            "arbeitgeber",
            "entreprise",
            "societe",
        ],
    ),
    (
        Column::OrganizationUrl,
        &[
            "organizationurl",
            "organisationurl",
            "companyurl",
            "companywebsite",
            "employerurl",
            "website",
            "companysite",
            "sitioweb",
            "webdelaempresa",
        ],
    ),
    (Column::Logo, &["logo", "logourl", "companylogo", "companylogourl", "organizationlogourl", "employerlogo"]),
    (
        Column::Description,
        &[
            "description",
            "jobdescription",
            "details",
            "jobdetails",
            "body",
            "content",
            "summary",
            "descripcion",
            "descripciondelpuesto",
            "descricao",
            "descricaodavaga",
            "beschreibung",
            "stellenbeschreibung",
        ],
    ),
    (Column::City, &["city", "town", "jobcity", "addresslocality", "ciudad", "cidade", "stadt", "ort", "ville"]),
    (
        Column::Region,
        &[
            "region",
            "state",
            "province",
            "stateprovince",
            "jobstate",
            "addressregion",
            "provincia",
            "estado",
            "bundesland",
        ],
    ),
    (Column::Country, &["country", "countrycode", "jobcountry", "addresscountry", "pais", "land", "pays"]),
    (
        Column::Locations,
        &[
            "location",
            "locations",
            "joblocation",
            "joblocations",
            "worklocation",
            "place",
            "ubicacion",
            "lugar",
            "localizacao",
            "localidade",
            "standort",
            "arbeitsort",
            "lieu",
        ],
    ),
    (
        Column::Workplace,
        &[
            "workplace",
            "workplacetype",
            "remote",
            "isremote",
            "remotejob",
            "joblocationtype",
            "workmode",
            "modalidad",
            "modalidade",
            "remoto",
        ],
    ),
    (Column::RemoteCountries, &["remotecountries", "applicantlocationrequirements"]),
    (
        Column::EmploymentTypes,
        &[
            "employmenttype",
            "employmenttypes",
            "jobtype",
            "jobtypes",
            "type",
            "contracttype",
            "worktype",
            "schedule",
            "tipodecontrato",
            "jornada",
            "tipodevaga",
            "anstellungsart",
        ],
    ),
    (
        Column::Salary,
        &[
            "salary",
            "salaryrange",
            "pay",
            "payrange",
            "compensation",
            "salario",
            "sueldo",
            "remuneracion",
            "gehalt",
            "remuneracao",
            "salaire",
            "wage",
        ],
    ),
    (
        Column::SalaryMin,
        &[
            "salarymin",
            "minsalary",
            "salaryminimum",
            "minimumsalary",
            "salaryfrom",
            "salarylow",
            "minpay",
            "paymin",
            "minimumpay",
            "basesalaryminvalue",
            "salariominimo",
            "salariodesde",
            "gehaltvon",
            "gehaltab",
        ],
    ),
    (
        Column::SalaryMax,
        &[
            "salarymax",
            "maxsalary",
            "salarymaximum",
            "maximumsalary",
            "salaryto",
            "salaryhigh",
            "maxpay",
            "paymax",
            "maximumpay",
            "basesalarymaxvalue",
            "salariomaximo",
            "salariohasta",
            "salarioate",
            "gehaltbis",
        ],
    ),
    (
        Column::SalaryCurrency,
        &["salarycurrency", "currency", "currencycode", "paycurrency", "moneda", "divisa", "moeda", "wahrung"],
    ),
    (
        Column::SalaryPeriod,
        &[
            "salaryperiod",
            "salaryunit",
            "salarytype",
            "salaryinterval",
            "payperiod",
            "payinterval",
            "period",
            "unittext",
            "periodo",
        ],
    ),
    (Column::Tags, &["tags", "keywords", "skills", "category", "categories", "etiquetas", "categoria", "schlagworte"]),
    (Column::Page, &["url", "link", "joburl", "joblink", "permalink", "pageurl", "jobpage", "enlace", "stellenlink"]),
    (
        Column::ApplyUrl,
        &[
            "applyurl",
            "applylink",
            "applicationurl",
            "applicationlink",
            "howtoapply",
            "apply",
            "application",
            "applicationform",
            "urlaplicacion",
            "enlacedeaplicacion",
            "linkdecandidatura",
            "bewerbungslink",
        ],
    ),
    (Column::ApplyEmail, &["applyemail", "applicationemail", "emailtoapply", "bewerbungsemail"]),
    (
        Column::ContactEmail,
        &["contactemail", "email", "contact", "contactmail", "companyemail", "employeremail", "correo", "mail"],
    ),
    (Column::Language, &["language", "lang", "inlanguage", "joblanguage", "idioma", "sprache"]),
    (
        Column::ValidThrough,
        &[
            "validthrough",
            "deadline",
            "applicationdeadline",
            "expires",
            "expirydate",
            "expirationdate",
            "expiresat",
            "closingdate",
            "enddate",
            "validuntil",
            "fechalimite",
            "prazo",
            "frist",
        ],
    ),
];

/// The column for a heading: `Job Title`, `organization.name`, `Salary (min)`.
pub(super) fn column(heading: &str) -> Option<Column> {
    let plain: String = fold(heading).chars().filter(|c| c.is_alphanumeric()).collect();
    NAMES.iter().find(|(_, names)| names.contains(&&*plain)).map(|(column, _)| *column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_known_by_its_usual_names() {
        for (heading, known) in [
            ("Job Title", Column::Title),
            ("Company Name", Column::Organization),
            ("Job Description", Column::Description),
            ("Application URL", Column::ApplyUrl),
            ("organization.name", Column::Organization),
            ("Salary (min)", Column::SalaryMin),
            ("Ubicación", Column::Locations),
            ("E-Mail", Column::ContactEmail),
            ("remote_countries", Column::RemoteCountries),
            ("Link", Column::Page),
        ] {
            assert_eq!(column(heading), Some(known), "{heading}");
        }
        assert_eq!(column("Mood"), None);
    }

    #[test]
    fn no_name_means_two_columns() {
        let mut seen = std::collections::HashSet::new();
        for name in NAMES.iter().flat_map(|(_, names)| names.iter()) {
            assert!(seen.insert(name), "{name}");
        }
    }
}
